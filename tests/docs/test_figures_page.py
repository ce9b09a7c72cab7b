"""The page of figures: what wrote it, and from what."""

from __future__ import annotations

import ast
import subprocess
import sys

from syncd.demo import worlds
from tests.examples import MOMENT
from tests.guides import ROOT, page

SCRIPT = ROOT / "docs" / "figures"


def test_the_page_is_what_the_script_prints() -> None:
    printed = subprocess.run([sys.executable, "-I", str(SCRIPT)], capture_output=True, text=True, check=True)

    assert printed.stdout == page("docs/figures.md"), "run: python docs/figures > docs/figures.md"


def test_the_script_imports_nothing_but_the_standard_library() -> None:
    own = {path.stem for path in SCRIPT.glob("*.py")}

    named = {
        name
        for path in SCRIPT.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }

    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names | own


def test_the_frozen_world_is_the_demos() -> None:
    frozen = page("docs/figures/world.json")

    command = f"python -m syncd.demo.worlds {MOMENT.isoformat()} > docs/figures/world.json"
    assert frozen == worlds.as_text(MOMENT), f"run: {command}"

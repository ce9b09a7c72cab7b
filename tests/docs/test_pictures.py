"""The pictures are what their script draws, and every page shows its own."""

from __future__ import annotations

import ast
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest

from syncd.okr.kinds import Kind
from tests.guides import ROOT, page

FOLDER = ROOT / "docs" / "pictures"
DRAWN: dict[str, Callable[[], str]] = runpy.run_path(str(FOLDER))["PICTURES"]
SVG = "{http://www.w3.org/2000/svg}"
PAGES = [*(kind.__name__.lower() for kind in get_args(Kind)), "rollup"]
ELSEWHERE = {"pace": "docs/team.md", "freshness": "docs/team.md", "phases": "docs/kinds/reach.md"}
HAND_DRAWN = {"flow"}

each = pytest.mark.parametrize("name", DRAWN)


@each
def test_a_picture_is_byte_for_byte_what_its_script_draws(name: str) -> None:
    drawn = DRAWN[name]().encode()

    assert (FOLDER / f"{name}.svg").read_bytes() == drawn, "run: python docs/pictures"


def test_every_picture_has_somebody_who_draws_it() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == DRAWN.keys() | HAND_DRAWN


def test_the_script_needs_the_standard_library_alone() -> None:
    own = {path.stem for path in FOLDER.glob("*.py")}

    imported = {
        name.partition(".")[0]
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= sys.stdlib_module_names | own


@each
def test_a_picture_says_what_it_shows_and_is_readable_in_the_dark(name: str) -> None:
    root = ET.fromstring((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))

    style = root.findtext(f"{SVG}style") or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert len(root.findtext(f"{SVG}desc") or "") > 40
    used = {element.get("class") for element in root.iter() if element.get("class")}
    for look in used:
        assert f".{look} " in light
        assert re.search(rf"\.{look}\b", dark), look


@each
def test_nothing_leaves_the_picture(name: str) -> None:
    """Roughly: a letter is at most 8 units wide here."""
    root = ET.fromstring((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
    _, _, width, height = map(float, (root.get("viewBox") or "").split())

    for said in root.iter(f"{SVG}text"):
        x, y, half = float(said.get("x") or 0), float(said.get("y") or 0), 3.2 * len(said.text or "")
        shift = {"start": half, "end": -half}.get(said.get("text-anchor") or "", 0)
        assert x + shift - half >= 0, said.text
        assert x + shift + half <= width, said.text
        assert 8 <= y <= height - 3, said.text


@each
def test_a_page_shows_the_picture_with_its_title(name: str) -> None:
    where = ELSEWHERE.get(name, f"docs/kinds/{name}.md")
    title = ET.fromstring((FOLDER / f"{name}.svg").read_text(encoding="utf-8")).findtext(f"{SVG}title")

    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page(where))

    folder = Path(where).parent
    found = {(folder / link).as_posix().replace("kinds/../", ""): alt for alt, link in shown}
    assert found[f"docs/pictures/{name}.svg"] == title


@pytest.mark.parametrize("kind", PAGES)
def test_every_kind_has_a_picture_a_worked_example_and_its_edge_cases(kind: str) -> None:
    headings = re.findall(r"^## (.+)$", page(f"docs/kinds/{kind}.md"), re.MULTILINE)

    assert kind in DRAWN
    assert {"A worked example", "Edge cases"} <= set(headings)


@pytest.mark.parametrize("what", ["people", "lifecycle", "shadow"])
def test_what_happens_to_every_kind_has_a_picture_and_a_worked_example(what: str) -> None:
    headings = re.findall(r"^## (.+)$", page(f"docs/kinds/{what}.md"), re.MULTILINE)

    assert what in DRAWN
    assert "A worked example" in headings

"""The guarantees page: eight promises, each with tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.guides import ROOT, page

PAGE = page("docs/guarantees.md")
PROMISES = re.split(r"^## \d\. ", PAGE, flags=re.MULTILINE)[1:]


def names_in(path: Path) -> set[str]:
    """The test functions of a file, read without importing it."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def linked(promise: str) -> list[tuple[Path, str]]:
    """(file, test): the names in backticks belong to the link before them."""
    found = []
    path: Path | None = None
    for link, name in re.findall(r"\]\(\.\./(tests/[^)]+)\)|`(test_\w+)`", promise):
        if link:
            path = ROOT / link
        else:
            assert path is not None, f"{name} is in no file"
            found.append((path, name))
    return found


def test_there_are_eight_promises() -> None:
    assert len(PROMISES) == 8


@pytest.mark.parametrize("promise", PROMISES, ids=lambda text: text.partition("\n")[0])
def test_every_promise_names_tests_that_are_there(promise: str) -> None:
    tests = linked(promise)

    assert tests
    assert [(path.name, name) for path, name in tests if name not in names_in(path)] == []


@pytest.mark.parametrize("promise", PROMISES, ids=lambda text: text.partition("\n")[0])
def test_every_promise_has_its_figures(promise: str) -> None:
    assert re.search(r"^Figures: ", promise, re.MULTILINE)

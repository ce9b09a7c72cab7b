"""docs/api.md says what the API does: its routes from the document, its codes from the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from syncd.api.reference import BEGIN, END, table
from tests.guides import ROOT, codes, page, rows, section

API = page("docs/api.md")


def problem_codes() -> Iterator[str]:
    """Second argument of every `Problem(...)` that is written out."""
    for path in (ROOT / "syncd" / "api").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for call in calls:
            is_problem = isinstance(call.func, ast.Name) and call.func.id == "Problem"
            if is_problem and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
                yield call.args[1].value


def test_the_routes_of_the_guide_are_those_of_the_document() -> None:
    assert API.partition(BEGIN)[2].partition(END)[0].strip() == table().strip()


def test_every_code_of_a_problem_stands_in_the_guide() -> None:
    told = {code for cells in rows(section(API, "Codes")) for code in codes(cells[0])}
    from_admin = {code for cells in rows(section(page("docs/admin.md"), "Codes")) for code in codes(cells[0])}

    assert set(problem_codes()) <= told | from_admin
    assert told <= set(problem_codes()) | {"not_found", "method_not_allowed", "invalid_request"}

"""What a person is told who writes a query wrongly: the form that is meant, and no regular expression."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from syncd.bootstrap import plugins
from syncd.mappings.context import Connection
from syncd.mappings.findings import Finding
from syncd.mappings.load import load_mappings
from tests.plugins import CONTEXT

CONNECTIONS = {
    "tracker": Connection(connector="jira"),
    "code": Connection(connector="github"),
    "usage": Connection(connector="google_sheets", defaults={"spreadsheet": "1AbC"}),
}


def findings_of(query: dict[str, Any]) -> Sequence[Finding]:
    key_result = {"title": "Number", "start": 0, "target": 5, "measure": query}
    mapping = {
        "cycle": "2026-Q4",
        "team": "product",
        "owner": "anna",
        "objectives": {"growth": {"title": "Growth", "key_results": {"number": key_result}}},
    }
    context = replace(CONTEXT, connections=CONNECTIONS)
    return load_mappings({"product.yaml": json.dumps(mapping)}, context=context, plugins=plugins()).findings


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ({"from": "code", "stars": "acme"}, 'write it as "OWNER/REPO"'),
        ({"from": "code", "issues": {"repo": "acme"}}, 'write it as "OWNER/REPO"'),
        ({"from": "code", "workflow_runs": {"repo": "a/b", "workflow": "../ci"}}, 'write it as "ci.yml"'),
        ({"from": "tracker", "ticket": "not a key"}, 'write it as "PHX-12"'),
        ({"from": "tracker", "tickets": ["PHX-1", "not a key"]}, 'write it as "PHX-12"'),
        ({"from": "tracker", "field": {"issue": "12", "name": "Points"}}, 'write it as "PHX-12"'),
        ({"from": "usage", "named_range": "not a name"}, 'write it as "active_users"'),
    ],
    ids=str,
)
def test_a_text_of_the_wrong_form_is_told_the_right_one(query: dict[str, Any], hint: str) -> None:
    (finding,) = findings_of(query)

    assert (finding.code, finding.hint) == ("invalid_value", hint)


@pytest.mark.parametrize("label", ['say "hi"', "two\nlines", ""])
def test_a_name_that_no_search_can_say_is_told_why(label: str) -> None:
    (finding,) = findings_of({"from": "code", "issues": {"repo": "acme/app", "labels": [label]}})

    assert "must have" in finding.message
    assert "^" not in f"{finding.message} {finding.hint}"

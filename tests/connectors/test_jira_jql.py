"""JQL as text: what may be cut off and appended without changing what it means."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.emulated.catalog import JqlError
from connectors.jira.emulated.jql import search
from connectors.jira.jql import conditions, is_one_of, within
from syncd.errors import QueryRejected
from syncd.sdk.measurement import Instants
from tests.builders import utc
from tests.jira_sites import a_world, issue

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = Instants(start=utc("2026-09-30T22:00"), end=utc("2026-10-31T23:00"))
NARROWED = 'created >= "2026-10-01 00:00" AND created < "2026-11-01 00:00"'


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("project = PHX", "project = PHX"),
        ("project = PHX ORDER BY created DESC", "project = PHX"),
        ("project = PHX order\n  by created", "project = PHX"),
        ("project in (PHX)ORDER BY created", "project in (PHX)"),
        ('"Team" = "a"ORDER BY created', '"Team" = "a"'),
        ("ORDER BY created", ""),
        ("  ", ""),
        ('summary ~ "order by phone"', 'summary ~ "order by phone"'),
        ("summary ~ 'order by phone' ORDER BY key", "summary ~ 'order by phone'"),
        (r'summary ~ "say \" order by " AND a = b', r'summary ~ "say \" order by " AND a = b'),
        ("labels = order AND bystander = x", "labels = order AND bystander = x"),
        ("reorder by x", "reorder by x"),
        ("labels = (a order by b", "labels = (a order by b"),
        ('summary ~ "open order by', 'summary ~ "open order by'),
    ],
)
def test_the_order_is_cut_off_and_nothing_else(jql: str, expected: str) -> None:
    assert conditions(jql) == expected


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ("project = PHX", f"(project = PHX) AND {NARROWED}"),
        ("a = b OR c = d ORDER BY e", f"(a = b OR c = d) AND {NARROWED}"),
        ('summary ~ "(order by"', f'(summary ~ "(order by") AND {NARROWED}'),
        ("", NARROWED),
        ("ORDER BY created", NARROWED),
    ],
)
def test_a_window_narrows_the_whole_of_the_jql(jql: str, expected: str) -> None:
    assert within(jql, window=OCTOBER, by="created", zone=BERLIN) == expected


@pytest.mark.parametrize(
    "jql", ["a = b) OR (c = d", "(a = b", "a = b)", 'a = "b', "a = 'b", "a = b\\", ")(", "(a = b ORDER BY c"]
)
def test_what_is_not_closed_cannot_be_narrowed(jql: str) -> None:
    with pytest.raises(QueryRejected) as rejected:
        within(jql, window=OCTOBER, by="created", zone=BERLIN)

    assert rejected.value.code == "jql_unbalanced"


def test_neighbouring_windows_meet_within_a_minute() -> None:
    seam = utc("2026-10-05T10:00:31")
    first = Instants(start=utc("2026-10-01T00:00"), end=seam)
    second = Instants(start=seam, end=utc("2026-10-09T00:00"))

    texts = [within("", window=window, by="updated", zone=BERLIN) for window in (first, second)]

    assert texts[0].endswith('updated < "2026-10-05 12:00"')
    assert texts[1].startswith('updated >= "2026-10-05 12:00"')


@given(st.text(alphabet="ab=()\"'\\ \n", max_size=30))
def test_a_narrowed_jql_is_never_wider(jql: str) -> None:
    """Whatever was written: what is appended is an AND over all of it, or nothing is appended."""
    try:
        narrowed = within(jql, window=OCTOBER, by="created", zone=BERLIN)
    except QueryRejected:
        return

    depth, quote, skip = 0, "", False
    for character in narrowed.removesuffix(f" AND {NARROWED}"):
        if skip or character == "\\":
            skip = not skip
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            assert depth >= 0
    assert (depth, quote, skip) == (0, "", False)


def test_keys_are_quoted() -> None:
    assert is_one_of(["PHX-1", "AND-2"]) == 'key in ("PHX-1", "AND-2")'


# ---------------------------------------------------------------- the emulated site's JQL

WORLD = a_world(
    issue(1, issuetype="Story", status="Done", labels=["ai", "x"], points=3, created="2026-10-01T08:00:00Z"),
    issue(2, issuetype="Story", status="In Progress", fixVersions=["reminder"], parent="PHX-1"),
    issue(3, issuetype="Bug", summary="Order by phone", labels=["ai"], created="2026-11-01T08:00:00Z"),
    issue(4, key="HR-4", status="Done", points=8, resolutiondate="2026-11-20T08:00:00Z", was=["OLD-9"]),
    now="2026-11-22T08:00:00+00:00",
)


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = PHX AND type = Story AND labels = ai", [1]),
        ("project = phoenix", [1, 2, 3]),
        ("project = HR OR project = PHX AND type = Bug", [3, 4]),
        ("(project = HR OR project = PHX) AND NOT type = Bug", [1, 2, 4]),
        ("statusCategory = Done", [1, 4]),
        ("statusCategory != done", [2, 3]),
        ('status in ("In Progress", Done)', [1, 2, 4]),
        ("status not in (Done)", [2, 3]),
        ("fixVersion = reminder", [2]),
        ("fixVersion != reminder", []),  # empty is not unequal
        ("fixVersion is EMPTY", [1, 3, 4]),
        ("fixVersion is not EMPTY", [2]),
        ("labels != x", [3]),
        ("parent = PHX-1", [2]),
        ("key in (PHX-1, OLD-9)", [1, 4]),
        ("created >= 2026-10-01 AND created < '2026-11-01 08:00'", [1]),
        ("resolved >= -7d", [4]),
        ("resolved is EMPTY", [1, 2, 3]),
        ('"Story Points" > 3', [4]),
        ("cf[10016] <= 3", [1]),
        ("summary ~ 'order by'", [3]),
        ("project = PHX ORDER BY key DESC", [3, 2, 1]),
        ('ORDER BY "Story Points" DESC, key', [2, 3, 4, 1]),
    ],
)
def test_the_emulated_site_finds(jql: str, found: list[int]) -> None:
    assert [int(issue.id) - 10_000 for issue in search(jql, WORLD, bounded=False)] == found


@pytest.mark.parametrize(
    ("jql", "said"),
    [
        ("", "Unbounded JQL queries are not allowed here"),
        ("ORDER BY key", "Unbounded JQL queries are not allowed here"),
        ("colour = blue", "Field 'colour' does not exist"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'"),
        ("status = Shipped", "The value 'Shipped' does not exist for the field 'status'"),
        ("key = PHX-99", "The value 'PHX-99' does not exist"),
        ("project > PHX", "The operator '>' is not supported by the 'project' field"),
        ("created > soon", "Date value 'soon' for field 'created' is invalid"),
        ("assignee = currentUser()", "Unable to find JQL function 'currentUser()'"),
        ("project =", "Expecting a value but got the end"),
        ("project PHX", "Expecting an operator but got 'PHX'"),
        ("(project = PHX", "Expecting ')'"),
        ("project = PHX type = Bug", "Expecting either 'OR' or 'AND'"),
        ("project = 'PHX", "is a reserved JQL character"),
        ('"Story Points" = many', "is not a number"),
        ("project in PHX", "Expecting '('"),
    ],
)
def test_the_emulated_site_refuses_what_it_does_not_understand(jql: str, said: str) -> None:
    with pytest.raises(JqlError) as refused:
        search(jql, WORLD, bounded=True)

    assert said in str(refused.value)

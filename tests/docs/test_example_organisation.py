"""The example organisation uses everything that a mapping can say, and every figure of its story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from syncd.bootstrap import plugins
from syncd.mappings.lint import Matter, lint
from syncd.mappings.load import Loaded
from syncd.mappings.schema import mapping_schema
from syncd.okr.definition import KeyResult, Mappings, Subject
from syncd.okr.kinds import Change, Keep, Kind, Rate, Reach
from tests.examples import MOMENT, load_example, written

NOT_USED = {
    ".was": "something must have been renamed first",
    "mode": "inherited downwards: said once, of one pilot (a test of its own)",
    "mode=live": "that is what it is",
    "mode=shadow": "as `mode`",
    "push": "as `mode`",
    "push=True": "that is what it is",
    "push=False": "as `mode`",
    "exact=False": "that is what it is",
    "milestone": "a milestone narrows issues; here it is asked by itself",
    "pull_requests.labels": "labels narrow issues here",
}
"""How the ways end that need not be used -> why. Other branches of one value, and the states of one
vendor's things (`_ALIKE`), are as good as each other.
"""

_ALIKE = re.compile(r"(cell\.(row|column)|where\.equals|workflow|milestone)(\||=)|\.(state|status)=")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def example(loaded: Loaded) -> Mappings:
    assert loaded.mappings is not None, loaded.findings
    return loaded.mappings


def test_every_key_every_choice_and_every_kind_of_query_is_used() -> None:
    schema = mapping_schema(plugins())

    unused = _unused_in(written(), schema)

    assert sorted(way for way in unused if not _is_excused(way)) == []


def test_what_is_not_used_would_be_told() -> None:
    schema = mapping_schema(plugins())
    without_support = [file for file in written() if file.get("team") != "support"]

    unused = _unused_in(without_support, schema)

    assert "objectives.*.key_results.*.keep.above" in unused
    assert any(way.endswith("aggregate=sum") for way in unused)


@pytest.mark.parametrize("connector", ["jira", "github", "google_sheets"])
def test_every_kind_of_query_is_asked(connector: str, example: Mappings) -> None:
    asked = {
        query.kind for query in example.queries.values() if CONNECTIONS[query.key.connection] == connector
    }

    assert asked == set(plugins()[connector].kinds)


def test_its_findings_are_those_that_are_meant(loaded: Loaded, example: Mappings) -> None:
    found = lint(Matter(mappings=example, shared=loaded.shared, now=MOMENT))

    assert loaded.findings == ()
    assert sorted((one.code, one.message.split("'")[1]) for one in found) == [
        ("only_tickets", "jonas/calmer-builds/finished"),
        ("only_tickets", "people/hire-well/candidates"),
        ("only_tickets", "platform/fast-and-steady/open-bugs"),
        ("only_tickets", "product/learn-from-users/reported-issues"),
    ]


CONNECTIONS = {"tracker": "jira", "helpdesk": "jira", "code": "github"} | dict.fromkeys(
    ("usage", "staff"), "google_sheets"
)

FIGURES: dict[str, tuple[type[Kind], dict[str, object]]] = {
    "company/future-ready-workforce/enrolment": (Reach, {"target": 0.9}),
    "company/future-ready-workforce/promotions": (Change, {"amount": 0.4, "is_relative": True}),
    "company/future-ready-workforce/turnover": (Change, {"amount": -0.25, "is_relative": True}),
    "people/hire-well/hiring-cycle": (Change, {"amount": -0.3, "is_relative": True}),
    "company/care-without-queues/assistant-adoption": (Reach, {"target": 0.75}),
    "company/care-without-queues/wearables": (Reach, {"target": 0.5}),
    "product/pharmacy-experience/time-to-market": (Change, {"amount": -0.5, "is_relative": True}),
    "people/hire-well/candidates": (Rate, {"need": 10, "every": "week"}),
    "people/hire-well/time-to-hire": (Change, {"amount": -0.1, "is_relative": True}),
    "product/learn-from-users/response-rate": (Reach, {"target": 0.8}),
    "people/learn-together/workshops": (Rate, {"need": 3, "every": "month"}),
    "people/hire-well/hiring-events": (Reach, {"start": 0, "target": 3}),
    "product/learn-from-users/usability-tests": (Reach, {"start": 0, "target": 20}),
    "company/care-without-queues/no-incidents": (Keep, {"high": 0, "low": None}),
    "platform/fast-and-steady/page-load": (Change, {"amount": -0.15, "is_relative": True}),
    "company/care-without-queues/satisfied": (Reach, {"target": 0.7}),
    "product/learn-from-users/reported-issues": (Rate, {"need": 10, "every": "month"}),
    "platform/ship-on-time/milestones-on-time": (Reach, {"target": 0.9}),
    "company/care-without-queues/promoter-score": (Change, {"amount": 20, "is_relative": False}),
    "product/pharmacy-experience/user-satisfaction": (Change, {"amount": 0.3, "is_relative": True}),
    "product/learn-from-users/with-insight": (Reach, {"target": 1}),
    "people/learn-together/training": (Reach, {"target": 1}),
    "company/future-ready-workforce/leadership": (Change, {"amount": 0.25, "is_relative": True}),
    "people/hire-well/applicants": (Change, {"amount": 0.15, "is_relative": True}),
}


@pytest.mark.parametrize("id_", FIGURES)
def test_the_figures_of_its_story_stand_in_the_kind_that_fits(id_: str, example: Mappings) -> None:
    kind, numbers = FIGURES[id_]

    found = key_result(example, id_).kind

    assert isinstance(found, kind)
    assert {name: getattr(found, name) for name in numbers} == numbers


def test_a_start_is_written_captured_or_asked_for_a_way_and_for_a_change(example: Mappings) -> None:
    starts = {
        (kind.name, "written" if kind.start is not None else "asked" if kind.start_from else "captured")
        for kind in kinds(example)
        if isinstance(kind, Reach | Change)
    }

    assert starts == {
        ("reach", "written"),
        ("reach", "captured"),
        ("change", "written"),
        ("change", "captured"),
        ("change", "asked"),
    }


def test_changes_are_relative_and_absolute_of_given_and_of_captured_starts(example: Mappings) -> None:
    changes = {
        (kind.is_relative, kind.start is None and kind.start_from is None)
        for kind in kinds(example)
        if isinstance(kind, Change)
    }

    assert changes == {(True, True), (True, False), (False, True), (False, False)}


def test_ways_lead_up_and_down(example: Mappings) -> None:
    ways = {
        kind.target > kind.start
        for kind in kinds(example)
        if isinstance(kind, Reach) and kind.target is not None and kind.start is not None
    }

    assert ways == {True, False}


def test_rates_ask_per_period_and_look_at_a_number_as_it_stands(example: Mappings) -> None:
    rates = {
        (found.kind.of, any(used.per_period for used in found.inputs))
        for found in example.key_results.values()
        if isinstance(found.kind, Rate)
    }

    assert rates == {("amount", True), ("amount", False), ("running_total", False)}


def test_one_pilot_runs_in_shadow_and_one_number_is_not_pushed() -> None:
    objectives = [it for file in written() for it in file["objectives"].values()]
    key_results = [it for objective in objectives for it in objective.get("key_results", {}).values()]

    assert [it["title"] for it in key_results if it.get("mode") == "shadow"] == [
        "Stories are two to five points small"
    ]
    assert [it["push"] for it in key_results if "push" in it] == [False]


def test_owners_stand_at_files_at_objectives_and_at_key_results() -> None:
    files = written()
    objectives = [it for file in files for it in file["objectives"].values()]
    key_results = [it for objective in objectives for it in objective.get("key_results", {}).values()]

    assert all(any("owner" in it for it in level) for level in (files, objectives, key_results))


def test_teams_support_each_other_and_single_key_results(example: Mappings) -> None:
    links = [(one.subject.id, wanted.id) for one in example.objectives.values() for wanted in one.supports]

    assert ("platform/ship-on-time", "product/pharmacy-experience") in links
    assert ("platform/fast-and-steady", "product/pharmacy-experience/time-to-market") in links


def key_result(example: Mappings, id_: str) -> KeyResult:
    return example.key_results[Subject("2026-Q4", id_)]


def kinds(example: Mappings) -> list[Kind]:
    return [found.kind for found in example.key_results.values()]


def _is_excused(way: str) -> bool:
    return way.endswith(tuple(NOT_USED)) or _ALIKE.search(way) is not None


# Any, from here on: JSON Schema, and what YAML holds.
def _unused_in(files: list[Any], schema: Any) -> set[str]:
    return {*_unused(schema, files, root=schema, way=""), *_unused_of_queries(files, schema)}


def _unused_of_queries(files: list[Any], schema: Any) -> set[str]:
    """What no query uses: one of one kind stands for those keys of all kinds that are alike."""
    asked = [query for file in files for query in _queries_in(file)]
    every: set[str] = set()
    used: set[str] = set()
    for kind in schema["$defs"]["query"]["anyOf"]:
        model = schema["$defs"][kind["$ref"].rpartition("/")[2]]
        mine = [query for query in asked if _fits(query, model, schema)]
        ways = set(_unused(model, [], root=schema, way=""))
        every |= ways
        used |= ways - set(_unused(model, mine, root=schema, way=""))
    return every - used


def _queries_in(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and value.get("from") in CONNECTIONS:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _queries_in(inner)


def _unused(schema: Any, values: list[Any], *, root: Any, way: str) -> Iterator[str]:
    """The ways through the schema that no value takes: keys, choices, branches."""
    if schema.get("$ref") in ("#/$defs/query", "#/$defs/measures"):
        return  # queries stand in many places, and are looked at together
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for number, branch in enumerate(schema.get("anyOf", ())):
        matching = [value for value in values if _fits(value, branch, root)]
        name = branch.get("$ref", f"/{number}").rpartition("/")[2]
        if matching:
            yield from _unused(branch, matching, root=root, way=way)
        elif branch.get("type") != "null":
            yield f"{way}|{name}"
            yield from _unused(branch, [], root=root, way=way)
    choices = [True, False] if schema.get("type") == "boolean" else schema.get("enum", [])
    yield from (f"{way}={choice}" for choice in choices if choice not in values)
    for key, inner in schema.get("properties", {}).items():
        found = [value[key] for value in values if isinstance(value, dict) and key in value]
        if not found:
            yield f"{way}.{key}".lstrip(".")
        yield from _unused(inner, found, root=root, way=f"{way}.{key}".lstrip("."))
    if isinstance(more := schema.get("additionalProperties"), dict):
        known = schema.get("properties", {})
        others = [it for value in values for key, it in value.items() if key not in known]
        yield from _unused(more, others, root=root, way=f"{way}.*")
    if isinstance(items := schema.get("items"), dict):
        every = [item for value in values for item in value]
        yield from _unused(items, every, root=root, way=f"{way}.*")


def _fits(value: object, branch: object, root: Any) -> bool:
    return jsonschema.Draft202012Validator({**branch, "$defs": root["$defs"]}).is_valid(value)  # type: ignore[dict-item]  # a schema is JSON

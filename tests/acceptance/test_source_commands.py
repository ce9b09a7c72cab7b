"""`connectors`, `schema`, `browse`, `measure`: what can be asked, and trying it."""

from __future__ import annotations

import pytest

from tests.installations import Site

QUERIES = {
    "tracker": ('count: "project = PHX AND statusCategory = Done"', 5, "count"),
    "code": ("stars: acme/app", 96, "count"),
    "usage": ("named_range: active_customers", 12_000, "number"),
}


@pytest.mark.parametrize("connection", QUERIES)
def test_measure_tries_a_query_without_a_file(site: Site, connection: str) -> None:
    query, value, unit = QUERIES[connection]

    ran = site.run("measure", connection, query, "--json")

    assert ran.code == 0, ran
    assert (ran.json["value"], ran.json["unit"], ran.json["connection"]) == (value, unit, connection)
    assert ran.json["requests"] >= 1
    assert ran.json["evidence_url"].startswith("http")
    assert not site.database.exists()


def test_measure_prints_the_number_for_people(site: Site) -> None:
    assert site.run("measure", "usage", "named_range: active_customers").out.startswith("12000 number")


@pytest.mark.parametrize(
    ("connection", "query", "words"),
    [
        ("tracker", 'count: "projet = PHX"', "query_rejected"),
        ("tracker", "count: project = PHX", "quote"),
        ("tracker", 'cuont: "project = PHX"', "count"),
        ("tracer", 'count: "project = PHX"', "tracker"),
        ("usage", 'cell: "Adoption!B6"', "#REF!"),
    ],
)
def test_a_query_that_cannot_be_answered_exits_1_and_says_why(
    site: Site, connection: str, query: str, words: str
) -> None:
    ran = site.run("measure", connection, query)

    assert ran.code == 1
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("connection", "about", "name"),
    [("tracker", "fields", "Story Points"), ("code", "acme/app", "bug"), ("usage", "tabs", "Adoption")],
)
def test_browse_shows_what_can_be_asked(site: Site, connection: str, about: str, name: str) -> None:
    ran = site.run("browse", connection, about, "--json")

    assert ran.code == 0, ran
    assert name in {item["name"] for item in ran.json["items"]}
    assert all(item.keys() == {"kind", "name", "detail"} for item in ran.json["items"])


@pytest.mark.parametrize("connection", ["tracker", "code", "usage"])
def test_browse_without_a_word_shows_where_to_begin(site: Site, connection: str) -> None:
    ran = site.run("browse", connection)

    assert ran.code == 0, ran
    assert ran.out


def test_the_installed_connectors_are_listed_with_their_kinds(site: Site) -> None:
    listed = {row["name"]: row for row in site.run("connectors", "--json").json["connectors"]}

    assert listed.keys() >= {"jira", "github", "google_sheets"}
    assert listed["jira"]["kinds"].keys() == {
        "count", "sum", "mean", "median", "min", "max", "field", "ticket", "tickets", "duration",
        "transitions",
    }  # fmt: skip
    assert listed["github"]["kinds"].keys() == {
        "count", "issues", "pull_requests", "milestone", "releases", "workflow_runs", "stars", "duration",
        "deployments",
    }  # fmt: skip
    assert listed["google_sheets"]["kinds"].keys() == {"cell", "named_range", "range"}


def test_the_schema_is_one_that_editors_can_use(site: Site) -> None:
    found = site.run("schema").json

    assert found["$schema"].startswith("https://json-schema.org/")
    assert "objectives" in found["properties"]


@pytest.mark.parametrize(
    "command",
    [
        "init", "check", "plan", "apply", "sync", "status", "explain", "serve", "demo", "browse", "measure",
        "connectors", "schema", "new-connector",
    ],
)  # fmt: skip
def test_every_command_has_a_help_with_an_example(site: Site, command: str) -> None:
    ran = site.run(command, "--help")

    assert ran.code == 0
    assert f"syncd {command}" in ran.out
    assert "Example" in ran.out

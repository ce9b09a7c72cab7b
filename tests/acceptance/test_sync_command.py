"""`syncd sync`: one sync of the active version, its record, its exit code, and what it costs."""

from __future__ import annotations

import pytest

from tests.installations import SPREADSHEET, Row, Site, a_mapping, cell, key_result

RECORD = {"queries", "distinct_queries", "requests", "bytes", "seconds", "waits", "failures"}


def test_without_an_active_version_it_fails_and_says_what_to_do(site: Site) -> None:
    ran = site.run("sync")

    assert ran.code == 1
    assert "syncd apply" in ran.err
    assert "--from-files" in ran.err
    assert not site.database.exists()


def test_all_good_exits_0(site: Site) -> None:
    ran = site.sync()

    assert ran.json["outcome"] == "ok"
    assert ran.json["errors"] == []
    assert site.status()["stories-done"]["current"] == 5


def test_the_record_says_what_each_connection_was_asked_and_what_it_cost(site: Site) -> None:
    ran = site.sync()

    connections = ran.json["connections"]
    assert connections.keys() == {"tracker", "code", "usage"}
    for row in connections.values():
        assert row.keys() >= RECORD
        assert row["bytes"] > 0
        assert row["failures"] == {}
    assert (connections["usage"]["queries"], connections["usage"]["distinct_queries"]) == (3, 3)
    assert ran.json["deliveries"] == {"delivered": 13, "waiting": 0, "dead": 0}


def test_equal_queries_are_asked_once_whoever_asks(site: Site) -> None:
    measure = {"from": "tracker", "count": "project = PHX"}
    site.several(a=key_result(measure), b=key_result(measure), c=key_result({"x": measure}, value="x / 2"))

    row = site.sync().json["connections"]["tracker"]

    assert (row["queries"], row["distinct_queries"]) == (3, 1)
    assert site.status()["c"]["current"] == 6


def test_one_broken_connection_is_partial(site: Site) -> None:
    site.sources.github.world["token"] = "another"

    ran = site.sync(code=3)

    assert ran.json["outcome"] == "partial"
    assert ran.json["connections"]["code"]["failures"] == {"unauthorized": 1}
    assert [error["id"] for error in ran.json["errors"]] == ["product/quality/open-bugs"]


def test_a_formula_that_fails_makes_a_sync_partial_although_every_source_answered(site: Site) -> None:
    site.several(a=key_result({"n": cell("Active customers"), "zero": cell("Complaints")}, value="n / zero"))

    ran = site.sync(code=3)

    assert ran.json["connections"]["usage"]["failures"] == {}
    assert ran.json["errors"][0]["error"]["actor"] == "operator"


def test_nothing_answered_is_a_failed_sync(site: Site) -> None:
    site.sources.jira.world["token"] = "another"
    site.one({"from": "tracker", "count": "project = PHX"})

    ran = site.sync(code=1)

    assert ran.json["outcome"] == "failed"


def test_a_missing_secret_fails_its_connection_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run("apply")
    monkeypatch.delenv("GITHUB_TOKEN")

    ran = site.run("sync", "--json")

    status = site.status()
    assert ran.code == 3
    assert "GITHUB_TOKEN" in status["open-bugs"]["error"]["message"]
    assert status["stories-done"]["current"] == 5


def test_exit_codes_speak_of_sources_and_not_of_deliveries(site: Site) -> None:
    site.consumer.status = lambda _: 500

    ran = site.sync()

    assert ran.json["deliveries"] == {"delivered": 0, "waiting": 13, "dead": 0}


def test_the_table_for_people_names_what_is_wrong(site: Site) -> None:
    site.sources.github.world["token"] = "another"

    ran = site.run("sync", "--from-files")

    assert ran.code == 3
    assert "unauthorized: 1" in ran.out
    assert "product/quality/open-bugs" in ran.out
    assert "sync partial" in ran.out
    assert "product/quality/open-bugs" in site.run("status").out


# ------------------------------------------------------------------ budgets


def of(site: Site, queries: int, measure: object) -> Row:
    """The record of the one connection that `queries` key results ask, each a question of its own."""
    assert callable(measure)
    site.several(**{f"kr-{n}": key_result(measure(n), target=1000) for n in range(queries)})
    (row,) = site.sync().json["connections"].values()
    assert row["distinct_queries"] == queries
    return row


@pytest.mark.parametrize(("queries", "requests"), [(20, 1), (200, 2)])
def test_sheets_cost_one_request_per_spreadsheet_and_100_ranges(
    site: Site, queries: int, requests: int
) -> None:
    tabs = site.sources.sheets.world["spreadsheets"][SPREADSHEET]["tabs"]
    tabs["Many"] = [[n] for n in range(1, 201)]

    row = of(site, queries, lambda n: {"from": "usage", "cell": f"Many!A{n + 1}"})

    assert row["requests"] == requests + 1, "and one for the token"


@pytest.mark.parametrize(("queries", "requests"), [(20, 1), (200, 4)])
def test_github_counters_cost_one_graphql_request_per_50(site: Site, queries: int, requests: int) -> None:
    row = of(
        site,
        queries,
        lambda n: {"from": "code", "issues": {"repo": "acme/app", "state": "open", "labels": [f"l{n}"]}},
    )

    assert row["requests"] <= requests
    assert {exchange.path for exchange in site.sources.github.exchanges} == {"/graphql"}


@pytest.mark.parametrize("queries", [20, 200])
def test_jira_counts_cost_one_request_each_and_two_for_the_site(site: Site, queries: int) -> None:
    row = of(site, queries, lambda n: {"from": "tracker", "count": f"project = PHX AND labels = l{n}"})

    assert row["requests"] == queries + 2


@pytest.mark.parametrize(("queries", "requests"), [(20, 1), (200, 2)])
def test_jira_tickets_cost_one_request_per_100(site: Site, queries: int, requests: int) -> None:
    issues = site.sources.jira.world["issues"]
    issues += [{**issues[0], "key": f"PHX-{n}", "id": str(20_000 + n)} for n in range(len(issues) + 1, 201)]

    row = of(site, queries, lambda n: {"from": "tracker", "ticket": f"PHX-{n + 1}"})

    assert row["requests"] == requests + 2


def test_the_sync_of_another_mapping_asks_only_what_it_needs(site: Site) -> None:
    mapping = a_mapping()
    del mapping["objectives"]["growth"]
    site.write(mapping)

    assert site.sync().json["connections"].keys() == {"tracker", "code"}

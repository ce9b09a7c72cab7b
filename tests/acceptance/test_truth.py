"""Missing is not zero, an error is not zero, a real zero is a zero: from the source to the status."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sdk.emulator import Emulator, Fault
from tests.installations import SPREADSHEET, Row, Site, cell, key_result

COUNT = {"from": "tracker", "count": "project = PHX"}
STARS = {"from": "code", "stars": "acme/app"}
ACTIVE = {"from": "usage", "named_range": "active_customers"}


PATHS = {"tracker": "/rest/api/3/search", "code": "/graphql", "usage": "/v4/"}
MEASURES = {"tracker": (COUNT, 12), "code": (STARS, 96), "usage": (ACTIVE, 12_000)}


def kept(row: Row, value: float, code: str) -> None:
    """The row keeps the last value beside an error that says who must act."""
    assert row["current"] == value
    assert row["error"].keys() == {"code", "message", "actor"}
    assert row["error"]["code"] == code
    assert row["error"]["message"]
    assert row["last_good_at"] is not None


# ------------------------------------------------------------------ rule 1


NO_NUMBERS = {
    "none": None,
    "blank": "",
    "reference": "#REF!",
    "loading": "Loading...",
    "missing": "#N/A",
    "text": "soon",
}


CODES = {
    "none": "empty_cell",
    "blank": "empty_cell",
    "reference": "cell_error",
    "loading": "cell_loading",
    "missing": "cell_error",
    "text": "not_a_number",
}


def test_a_cell_without_a_number_is_an_error_and_never_a_zero(site: Site) -> None:
    add_rows(site, NO_NUMBERS)
    site.several(**{name: key_result(cell(name)) for name in NO_NUMBERS}, good=key_result(ACTIVE))

    site.sync(code=3)

    status = site.status()
    assert (status.pop("good")["current"], len(status)) == (12_000, len(NO_NUMBERS))
    for name, row in status.items():
        assert (row["current"], row["progress"]) == (None, None)
        assert row["error"]["code"] == CODES[name]
        # Who may write into the sheet mends it; one that still loads mends itself.
        assert row["error"]["actor"] == ("nobody" if name == "loading" else "operator")


def test_a_cell_that_loses_its_number_keeps_the_last_one_and_says_why(site: Site) -> None:
    add_rows(site, dict.fromkeys(NO_NUMBERS, 3_000))
    site.several(**{name: key_result(cell(name)) for name in NO_NUMBERS}, good=key_result(ACTIVE))
    site.sync()
    for name, value in NO_NUMBERS.items():
        site.set_cell(name, value)

    site.run("sync")

    status = site.status()
    for name, code in CODES.items():
        kept(status[name], 3_000, code)


def add_rows(site: Site, values: dict[str, Any]) -> None:
    tabs = site.sources.sheets.world["spreadsheets"][SPREADSHEET]["tabs"]
    tabs["Adoption"] += [[name, value] for name, value in values.items()]


def test_a_real_zero_is_a_zero_from_every_source(site: Site) -> None:
    site.sources.github.world["repos"]["acme/app"]["stars"] = 0
    site.several(
        cell=key_result(cell("Complaints"), start=40, target=0),
        count=key_result({"from": "tracker", "count": "project = PHX AND labels = none-has-it"}),
        stars=key_result(STARS),
        ticket=key_result({"from": "tracker", "ticket": "PHX-12"}, target=1),
    )

    site.sync()

    for row in site.status().values():
        assert (row["current"], row["error"], row["freshness"]) == (0, None, "fresh")


def test_a_count_over_an_empty_range_is_0_and_its_sum_is_missing(site: Site) -> None:
    empty = {"from": "usage", "range": "Adoption!D1:D9"}
    site.several(
        count=key_result({**empty, "aggregate": "count"}), sum=key_result({**empty, "aggregate": "sum"})
    )

    site.sync(code=3)

    status = site.status()
    assert (status["count"]["current"], status["count"]["error"]) == (0, None)
    assert status["sum"]["current"] is None
    assert status["sum"]["error"]


# ------------------------------------------------------------------ rules 2 and 3


def test_a_bad_query_fails_only_its_own_key_result(site: Site) -> None:
    bad: dict[str, Row] = {
        "bad-range": {"from": "usage", "range": "Nowhere!A1:A9", "aggregate": "sum"},
        "bad-jql": {"from": "tracker", "count": "projet = PHX"},
        "private-repo": {"from": "code", "stars": "acme/private"},
        "hidden-counter": {"from": "code", "issues": {"repo": "acme/private", "state": "open"}},
    }
    good = {name: measure for name, (measure, _) in MEASURES.items()}
    site.several(**{name: key_result(measure) for name, measure in (bad | good).items()})

    ran = site.sync(code=3)

    status = site.status()
    failures = {name: sum(row["failures"].values()) for name, row in ran.json["connections"].items()}
    assert failures == {"usage": 1, "tracker": 1, "code": 2}
    for name in bad:
        assert (status[name]["current"], status[name]["error"]["actor"]) == (None, "operator")
    for name, (_, value) in MEASURES.items():
        assert (status[name]["current"], status[name]["error"]) == (value, None)


def test_a_repository_that_vanishes_keeps_its_last_number_and_leaves_the_others(site: Site) -> None:
    repos = site.sources.github.world["repos"]
    repos["acme/site"] = {"stars": 7}
    site.several(gone=key_result({"from": "code", "stars": "acme/site"}), stars=key_result(STARS))
    site.sync()
    del repos["acme/site"]
    repos["acme/app"]["stars"] = 97

    site.sync(code=3)

    status = site.status()
    kept(status["gone"], 7, status["gone"]["error"]["code"])
    assert status["gone"]["error"]["actor"] == "operator"
    assert (status["stars"]["current"], status["stars"]["error"]) == (97, None)


def test_a_renamed_repository_is_never_a_zero(site: Site) -> None:
    repos = site.sources.github.world["repos"]
    repos["acme/old-app"] = {"renamed_to": "acme/app"}
    site.several(
        old=key_result({"from": "code", "count": "repo:acme/old-app is:issue"}), stars=key_result(STARS)
    )

    site.sync(code=3)

    status = site.status()
    assert status["old"]["current"] is None
    assert status["old"]["error"]
    assert status["stars"]["current"] == 96


def test_a_token_refused_in_the_middle_of_a_batch_keeps_what_was_read_before(site: Site) -> None:
    names = [f"kr-{n}" for n in range(6)]
    site.several(
        **{n: key_result({"from": "tracker", "count": f"project = PHX AND labels = {n}"}) for n in names}
    )
    site.sync()
    site.sources.jira.faults = [
        Fault(path="/rest/api/3/search/approximate-count", status=401, body="{}", times=None, after=3)
    ]

    ran = site.run("sync", "--json")

    failures = ran.json["connections"]["tracker"]["failures"]
    status = site.status()
    broken = [row for row in status.values() if row["error"]]
    assert ran.code == 3
    assert failures.keys() == {"unauthorized"}
    assert len(broken) == failures["unauthorized"] > 0
    assert len(broken) < len(names)
    for row in broken:
        kept(row, 0, "unauthorized")
        assert row["error"]["actor"] == "operator"


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an HTML page with 200": (
        {"status": 200, "headers": {"content-type": "text/html"}, "body": "<html>Sorry</html>"},
        {"malformed_response"},
    ),
    "nothing with 200": ({"status": 200}, {"malformed_response"}),
    "JSON cut short": (
        {"status": 200, "headers": {"content-type": "application/json"}, "body": '{"issues": ['},
        {"malformed_response"},
    ),
    "gone": ({"status": 410, "body": "{}"}, {"api_gone", "not_found", "malformed_response"}),
    "not authenticated": ({"status": 401, "body": "{}"}, {"unauthorized"}),
    "forbidden": ({"status": 403, "body": "{}"}, {"unauthorized", "forbidden"}),
}


def emulators(site: Site) -> dict[str, Emulator]:
    return {"tracker": site.sources.jira, "code": site.sources.github, "usage": site.sources.sheets}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_source_that_breaks_is_never_a_zero_and_never_a_silent_success(site: Site, fault: str) -> None:
    site.several(**{name: key_result(measure) for name, (measure, _) in MEASURES.items()})
    site.sync()
    what, codes = FAULTS[fault]
    for name, emulator in emulators(site).items():
        emulator.faults = [Fault(path=PATHS[name], times=None, **what)]

    ran = site.run("sync", "--json")

    assert (ran.code, ran.json["outcome"]) == (1, "failed")
    for name, row in site.status().items():
        kept(row, MEASURES[name][1], row["error"]["code"])
        assert row["error"]["code"] in codes
        assert ran.json["connections"][name]["failures"] == {row["error"]["code"]: 1}


@pytest.mark.parametrize("connection", PATHS)
def test_a_connection_that_breaks_leaves_the_others_measured(site: Site, connection: str) -> None:
    site.several(**{name: key_result(measure) for name, (measure, _) in MEASURES.items()})
    emulators(site)[connection].faults = [Fault(path=PATHS[connection], status=401, body="{}", times=None)]

    ran = site.sync(code=3)

    values = {name: row["current"] for name, row in site.status().items()}
    assert ran.json["outcome"] == "partial"
    assert values == {name: None if name == connection else value for name, (_, value) in MEASURES.items()}


def test_partial_graphql_data_answers_only_what_is_there(site: Site) -> None:
    repos = site.sources.github.world["repos"]
    repos["acme/site"] = {"stars": 7}
    site.several(
        there=key_result(STARS),
        missing=key_result({"from": "code", "milestone": {"repo": "acme/site", "title": "v9", "of": "open"}}),
    )

    site.sync(code=3)

    status = site.status()
    assert status["there"]["current"] == 96
    assert status["missing"]["current"] is None
    assert status["missing"]["error"]


def test_a_page_cut_short_is_no_smaller_number(site: Site) -> None:
    site.one({"from": "tracker", "sum": {"jql": "project = PHX", "field": "timespent"}})
    for issue in site.sources.jira.world["issues"]:
        issue["fields"]["timespent"] = 60
    site.sources.jira.world["page"] = 5
    site.sync()
    site.sources.jira.faults = [
        Fault(
            path="/rest/api/3/search/jql",
            status=200,
            headers={"content-type": "application/json"},
            body='{"issues": [], "isLast": false}',
            times=None,
            after=1,
        )
    ]

    ran = site.run("sync", "--json")

    assert ran.code != 0
    kept(site.status()["one"], 12 * 60, "pages_cut_short")


def test_a_value_under_its_floor_is_no_value(site: Site) -> None:
    site.one({**COUNT, "min_value": 5})
    site.sync()
    del site.sources.jira.world["issues"][3:]

    site.sync(code=3)

    kept(site.status()["one"], 12, "below_min_value")


def test_a_source_that_works_again_takes_the_error_away(site: Site) -> None:
    site.one(STARS)
    site.sync()
    site.sources.github.world["token"] = "another"
    site.sync(code=1)
    site.sources.github.world |= {"token": "github-t0ken-that-nobody-stores"}
    site.sources.github.world["repos"]["acme/app"]["stars"] = 97

    site.sync()

    row = site.status()["one"]
    assert (row["current"], row["error"], row["freshness"]) == (97, None, "fresh")


# ------------------------------------------------------------------ rule 5


def fill(site: Site, number: int) -> None:
    first = site.sources.jira.world["issues"][0]
    site.sources.jira.world["issues"] = [
        {**first, "key": f"PHX-{n}", "id": str(10_000 + n)} for n in range(1, number + 1)
    ]


def approximate(site: Site, answer: int, *, times: int | None = None) -> None:
    """Jira's estimate, whatever the truth is."""
    site.sources.jira.faults = [
        Fault(
            path="/rest/api/3/search/approximate-count",
            status=200,
            headers={"content-type": "application/json"},
            body=f'{{"count": {answer}}}',
            times=times,
        )
    ]


def walks(site: Site) -> int:
    found = [e for e in site.sources.jira.exchanges if e.path == "/rest/api/3/search/jql"]
    site.sources.jira.exchanges.clear()
    return len(found)


def test_an_estimate_far_from_every_border_stands_and_is_marked(site: Site) -> None:
    site.one(COUNT, start=0, target=1_000)
    approximate(site, 700)

    ran = site.sync()

    (used,) = site.run("explain", "product/only/one", "--json").json["inputs"]
    assert "exact" not in ran.json["connections"]["tracker"]
    assert (used["value"], used["approximate"]) == (700, True)


def test_an_estimate_near_the_target_is_confirmed_exactly_and_at_most_hourly(site: Site) -> None:
    fill(site, 98)
    site.one(COUNT, target=100)
    approximate(site, 100)

    first = site.sync()
    first_walks = walks(site)
    second = site.run("sync", "--json")

    row = site.status()["one"]
    assert first.json["connections"]["tracker"]["exact"]["queries"] == 1
    assert first.json["connections"]["tracker"]["requests"] == 3, "the confirmation has a budget of its own"
    assert first_walks >= 1
    assert "exact" not in second.json["connections"]["tracker"]
    assert walks(site) == 0
    assert row["current"] == 98, "it does not move back on a guess"
    assert sorted(event["type"] for event in site.consumer.take()) == [
        "key_result.defined",
        "key_result.progressed",
        "objective.defined",
        "objective.progressed",
    ]


def test_a_confirmed_number_shows_the_exact_value(site: Site) -> None:
    fill(site, 98)
    site.one(COUNT, target=100)
    approximate(site, 100)

    site.sync()

    (used,) = site.run("explain", "product/only/one", "--json").json["inputs"]
    assert site.status()["one"]["current"] == 98
    assert not used["approximate"]


def test_an_estimate_that_differs_by_less_than_half_a_percent_is_no_change(site: Site) -> None:
    site.one(COUNT, start=0, target=10_000)
    approximate(site, 1_000)
    site.sync()
    site.consumer.take()
    approximate(site, 1_004)

    site.run("sync")

    assert site.status()["one"]["current"] == 1_000
    assert site.consumer.take() == []


def test_an_estimate_that_differs_by_more_is_a_change(site: Site) -> None:
    site.one(COUNT, start=0, target=10_000)
    approximate(site, 1_000)
    site.sync()
    approximate(site, 1_006)

    site.run("sync")

    assert site.status()["one"]["current"] == 1_006


# ------------------------------------------------------------------ rule 8


def test_only_numbers_and_their_evidence_are_stored(site: Site) -> None:
    title = "Layoffs-planned-for-spring"
    for issue in site.sources.jira.world["issues"]:
        issue["fields"] |= {"summary": title, "timespent": 60}
    for bug in site.sources.github.world["repos"]["acme/app"]["issues"]:
        bug["title"] = title
    tabs = site.sources.sheets.world["spreadsheets"][SPREADSHEET]["tabs"]
    tabs["Adoption"].append([title, 4])
    site.several(
        count=key_result(COUNT),
        sum=key_result({"from": "tracker", "sum": {"jql": "project = PHX", "field": "timespent"}}),
        ticket=key_result({"from": "tracker", "ticket": "PHX-1"}),
        tickets=key_result({"from": "tracker", "tickets": ["PHX-1", "PHX-12"]}),
        bugs=key_result({"from": "code", "issues": {"repo": "acme/app"}}),
        search=key_result({"from": "code", "count": "repo:acme/app is:issue"}),
        cell=key_result(cell("Complaints")),
    )

    synced = site.run_alone("sync", "--from-files", SYNCD_LOG_LEVEL="debug")
    again = site.run_alone("sync", "--json", SYNCD_LOG_LEVEL="debug")

    assert (synced.code, again.code) == (0, 0), synced
    assert all(row["current"] is not None for row in site.status().values())
    written = b"".join(path.read_bytes() for path in site.folder.glob("syncd.db*"))
    said = "".join([synced.out, synced.err, again.out, again.err])
    bodies = b"".join(site.consumer.bodies)
    for secret in (
        title,
        "t0ken-that-nobody-stores",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "PRIVATE KEY",
    ):
        assert secret.encode() not in written
        assert secret not in said
        assert secret.encode() not in bodies


def test_a_refused_credential_is_not_repeated_anywhere(site: Site) -> None:
    for emulator in (site.sources.jira, site.sources.github):
        emulator.world["token"] = "another"

    ran = site.run_alone("sync", "--from-files", SYNCD_LOG_LEVEL="debug")

    written = b"".join(path.read_bytes() for path in site.folder.glob("syncd.db*"))
    assert ran.code == 3, ran
    assert b"t0ken-that-nobody-stores" not in written
    assert "t0ken-that-nobody-stores" not in ran.out + ran.err

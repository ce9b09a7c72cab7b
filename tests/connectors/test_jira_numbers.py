"""What Jira's queries measure, on Cloud and on Data Center."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from connectors.jira.emulator import Deployment
from syncd.sdk.measurement import Failure, Instants
from tests.builders import utc
from tests.jira_sites import JiraSite, a_site, a_world, ask, issue

POINTED = "project = PHX AND type = Story"
WORLD = a_world(
    issue(1, issuetype="Story", status="Done", points=5, labels=["ai"], fixVersions=["reminder"]),
    issue(2, issuetype="Story", status="In Progress", points=3, fixVersions=["reminder"]),
    issue(3, issuetype="Story", status="To Do", points=None),
    issue(4, issuetype="Story", status="Done", points=0.5, labels=["ai"]),
    issue(5, issuetype="Bug", status="Fertig", points=100, key="HR-5"),
    issue(6, issuetype="Bug", points="many", key="HR-6", labels=["text"]),
    issue(7, issuetype="Bug", key="HR-7", labels=["no-points"]),
    issue(8, issuetype="Bug", key="HR-8", hidden=True),
    statuses={"Fertig": "done"},
    versions={"PHX": ["planned"]},
)


@pytest.fixture(params=get_args(Deployment))
def site(request: pytest.FixtureRequest) -> Iterator[JiraSite]:
    with a_site(WORLD, deployment=request.param) as site:
        yield site


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ({"count": POINTED}, 4),
        ({"count": POINTED, "exact": True}, 4),
        ({"count": f"{POINTED} ORDER BY created DESC"}, 4),
        ({"count": "fixVersion = reminder AND statusCategory = Done"}, 1),
        ({"count": "fixVersion = planned"}, 0),
        ({"count": "fixVersion = planned", "exact": True}, 0),
        ({"sum": {"jql": POINTED, "field": "Story Points"}}, 8.5),
        ({"sum": {"jql": POINTED, "field": "customfield_10016"}}, 8.5),
        ({"mean": {"jql": POINTED, "field": "story points"}}, 8.5 / 3),
        ({"median": {"jql": POINTED, "field": "Story Points"}}, 3),
        ({"min": {"jql": POINTED, "field": "Story Points"}}, 0.5),
        ({"max": {"jql": POINTED, "field": "Story Points"}}, 5),
        ({"field": {"issue": "PHX-4", "name": "Story Points"}}, 0.5),
        ({"ticket": "PHX-1"}, 1),
        ({"ticket": "PHX-2"}, 0),
        ({"ticket": "HR-5"}, 1),  # by category: the status's name is the site's own
        ({"ticket": "hr-5"}, 1),
        ({"tickets": ["PHX-1", "PHX-2", "PHX-3", "PHX-4"]}, 0.5),
        ({"tickets": ["PHX-1", "PHX-1", "PHX-2"]}, 0.5),
    ],
    ids=str,
)
def test_a_query_measures(site: JiraSite, query: dict[str, Any], value: float) -> None:
    assert site.value(query) == pytest.approx(value)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"count": "colour = blue"}, "query_rejected"),
        ({"count": "project = NOPE"}, "query_rejected"),
        ({"count": "project = PHX AND"}, "query_rejected"),
        ({"sum": {"jql": "fixVersion = planned", "field": "Story Points"}}, "empty"),
        ({"mean": {"jql": "labels = no-points", "field": "Story Points"}}, "empty"),
        ({"max": {"jql": POINTED, "field": "customfield_99999"}}, "empty"),
        ({"sum": {"jql": "labels = text", "field": "Story Points"}}, "not_a_number"),
        ({"sum": {"jql": POINTED, "field": "summary"}}, "empty"),
        ({"sum": {"jql": POINTED, "field": "status"}}, "not_a_number"),
        ({"sum": {"jql": POINTED, "field": "Storey Points"}}, "field_not_found"),
        ({"field": {"issue": "PHX-3", "name": "Story Points"}}, "empty"),
        ({"field": {"issue": "HR-6", "name": "Story Points"}}, "not_a_number"),
        ({"field": {"issue": "PHX-1", "name": "Colour"}}, "field_not_found"),
        ({"ticket": "PHX-99"}, "issue_not_found"),
        ({"ticket": "HR-8"}, "issue_not_found"),
        ({"tickets": ["PHX-1", "HR-8"]}, "issue_not_found"),
    ],
    ids=str,
)
def test_what_is_missing_is_no_number_and_fails_alone(
    site: JiraSite, query: dict[str, Any], code: str
) -> None:
    bad, good, looked_up = site.answers(query, {"count": "labels = ai"}, {"ticket": "PHX-1"})

    assert isinstance(bad, Failure)
    assert bad.error.code == code
    assert (good.value, looked_up.value) == (2, 1)


def test_a_mistaken_field_is_told_with_the_one_that_was_meant(site: JiraSite) -> None:
    error = site.error({"sum": {"jql": POINTED, "field": "Storey Points"}})

    assert error.hint == "did you mean 'Story Points'?"


def test_two_fields_of_one_name_are_not_guessed_between(site: JiraSite) -> None:
    site.emulator.world["fields"].append({"id": "customfield_10031", "name": "Story points"})

    error = site.error({"sum": {"jql": POINTED, "field": "Story Points"}})

    site.emulator.world["fields"].pop()
    assert error.code == "field_ambiguous"
    assert "customfield_10016, customfield_10031" in str(error.hint)


def test_what_jira_says_of_a_rejected_query_is_passed_on(site: JiraSite) -> None:
    error = site.error({"count": "colour = blue"})

    assert "Field 'colour' does not exist" in str(error)
    assert error.actor == "operator"


def test_a_count_says_whether_it_is_exact() -> None:
    with a_site(WORLD) as cloud:
        assert cloud.measurement({"count": POINTED}).approximate
        assert not cloud.measurement({"count": POINTED, "exact": True}).approximate
    with a_site(WORLD, deployment="Server") as data_center:
        assert not data_center.measurement({"count": POINTED}).approximate


def test_units_and_sample_sizes(site: JiraSite) -> None:
    count = site.measurement({"count": POINTED})
    mean = site.measurement({"mean": {"jql": POINTED, "field": "Story Points"}})
    tickets = site.measurement({"tickets": ["PHX-1", "PHX-2"]})

    assert (count.unit, count.sample_size) == ("count", None)
    assert (mean.unit, mean.sample_size) == ("number", 3)
    assert (tickets.unit, tickets.sample_size) == ("ratio", 2)


def test_evidence_is_where_a_person_sees_the_same(site: JiraSite) -> None:
    count = site.measurement({"count": 'labels = "ai"'})
    ticket = site.measurement({"ticket": "PHX-1"})

    assert count.evidence_url == f"{site.url}/issues/?jql=labels%20%3D%20%22ai%22"
    assert ticket.evidence_url == f"{site.url}/browse/PHX-1"


def in_october(query: dict[str, Any], *, by: str) -> Any:
    """October in Berlin, where the summer time ends in between."""
    window = Instants(start=utc("2026-09-30T22:00"), end=utc("2026-10-31T23:00"))
    return ask(query, key=f"{by} {query}", window=window, by=by)


class TestWindows:
    """Dates in a JQL are read in the account's zone; the window is half-open in real time."""

    WORLD = a_world(
        issue(1, created="2026-09-30T21:59:59.000+0000", resolutiondate="2026-10-05T10:00:00.000+0000"),
        issue(2, created="2026-09-30T22:00:00.000+0000", resolutiondate=None),  # midnight in Berlin
        issue(3, created="2026-10-31T22:59:59.000+0000"),  # last second before midnight, winter time
        issue(4, created="2026-10-31T23:00:00.000+0000"),
        time_zone="Europe/Berlin",
    )

    @pytest.fixture(params=get_args(Deployment))
    def site(self, request: pytest.FixtureRequest) -> Iterator[JiraSite]:
        with a_site(self.WORLD, deployment=request.param) as site:
            yield site

    @pytest.mark.parametrize("exact", [False, True])
    def test_a_window_takes_its_start_and_leaves_its_end(self, site: JiraSite, exact: bool) -> None:
        assert site.value(in_october({"count": "project = PHX", "exact": exact}, by="created")) == 2

    def test_a_window_by_resolution(self, site: JiraSite) -> None:
        assert site.value(in_october({"count": "project = PHX ORDER BY key"}, by="resolved")) == 1

    def test_an_alternative_is_narrowed_as_a_whole(self, site: JiraSite) -> None:
        assert site.value(in_october({"count": "key = PHX-1 OR key = PHX-2"}, by="created")) == 1

    def test_without_a_known_zone_a_window_fails_and_the_rest_stands(self) -> None:
        with a_site({**self.WORLD, "account": {"timeZone": "Mars/Olympus"}}) as site:
            windowed, plain = site.answers(
                in_october({"count": "project = PHX"}, by="created"), {"count": "project = PHX"}
            )

        assert isinstance(windowed, Failure)
        assert windowed.error.code == "time_zone"
        assert plain.value == 4


def test_check_says_who_we_are(site: JiraSite) -> None:
    assert site.connector.check() == f"bot@acme.com on {site.url.removeprefix('http://')}"


@pytest.mark.parametrize(
    ("about", "kind", "name"),
    [
        ("fields", "field", "Story Points"),
        ("statuses", "status", "Fertig"),
        ("projects", "project", "HR"),
        ("PHX", "version", "reminder"),
        (None, "field", "Story Points"),
    ],
)
def test_browse_lists_what_can_be_asked(site: JiraSite, about: str | None, kind: str, name: str) -> None:
    items = site.connector.browse(about)

    assert (kind, name) in [(item.kind, item.name) for item in items]

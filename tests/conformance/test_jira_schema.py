"""The Jira connector's requests, and its emulator's answers, against Atlassian's own description."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.jira import plugin
from syncd.sdk.measurement import Failure, Instants, Query
from tests.builders import utc
from tests.conformance import openapi
from tests.conformance.unpublished import UNPUBLISHED
from tests.jira_sites import POINTS, a_site, a_world, ask, issue

WAY = {
    "created": "2026-10-01T08:00:00.000+0000",
    "changelog": [
        {"at": "2026-10-05T08:00:00.000+0000", "from": "To Do", "to": "In Progress"},
        {"at": "2026-10-06T08:00:00.000+0000", "from": "In Progress", "to": "Done"},
    ],
}
WORLD = a_world(
    *(
        issue(n, issuetype="Story", status="Done", labels=["ai"], fixVersions=["reminder"], points=n, **WAY)
        for n in range(1, 151)
    ),
    issue(151, key="NEW-1", was=["PHX-151"], parent="PHX-1", created="2026-10-05T08:00:00.000+0000"),
    short_pages=True,
    page_of_changes=200,
)
OCTOBER = Instants(start=utc("2026-10-01T00:00"), end=utc("2026-11-01T00:00"))
EVERY_KIND = (
    {"count": "project = PHX"},
    {"count": "labels = ai", "exact": True},
    *({kind: {"jql": "type = Story", "field": "Story Points"}} for kind in ("sum", "mean", "median")),
    *({kind: {"jql": "type = Story", "field": POINTS}} for kind in ("min", "max")),
    {"field": {"issue": "PHX-1", "name": "Story Points"}},
    {
        "duration": {"jql": "type = Story", "from": {"status": "In Progress"}, "to": {"status": "Done"}},
        "take": "p85",
    },
    {"transitions": {"jql": "type = Story", "to": {"status": "Done"}}},
    {"ticket": "PHX-1"},
    {"tickets": [f"PHX-{n}" for n in range(1, 152)]},
    ask({"count": "project = NEW"}, key="windowed", window=OCTOBER, by="created"),
)
BAD = ({"count": "colour = blue"}, {"count": ""}, {"ticket": "GONE-1"})


@pytest.fixture(scope="module")
def jira() -> openapi.OpenApi:
    return openapi.load("jira-cloud.openapi.json")


def test_every_request_and_answer_is_as_the_vendor_describes(jira: openapi.OpenApi) -> None:
    with a_site(WORLD) as site:
        answers = site.answers(*EVERY_KIND, *BAD)
        site.connector.check()
        for about in (None, "PHX"):
            site.connector.browse(about)

        assert [isinstance(answer, Failure) for answer in answers] == [False] * 13 + [True] * 3
        assert jira.faults(site.emulator.exchanges) == []
        for path in ("search/jql", "changelog/bulkfetch"):
            asked = [exchange.body for exchange in site.emulator.exchanges if path in exchange.path]
            assert any("nextPageToken" in body for body in asked), path


def test_a_wrong_request_and_a_wrong_answer_would_be_seen(jira: openapi.OpenApi) -> None:
    with a_site(WORLD) as site:
        with site.wire.session() as session:
            session.post(
                f"{site.url}/rest/api/3/search/approximate-count",
                json={"jql": "project = PHX", "maxResults": 0},
                auth=("bot@acme.com", "t0ken-of-a-test"),
            )
        site.fail("/rest/api/3/myself", 200, body='{"accountId": 7}')
        site.answers({"count": "project = PHX"})

        faults = jira.faults(site.emulator.exchanges)
    assert len(faults) == 2
    assert "'maxResults' was unexpected" in faults[0]
    assert "$.accountId" in faults[1]


def test_every_kind_of_query_is_asked() -> None:
    asked = {kind for written in EVERY_KIND for kind in _kinds(written)}

    assert asked == set(plugin.kinds)


def _kinds(written: dict[str, Any] | Query[Any]) -> set[str]:
    names = written if isinstance(written, dict) else written.ask.model_fields_set
    return set(names) & set(plugin.kinds)


def test_data_center_is_named_among_what_has_no_published_schema() -> None:
    assert any("Jira Data Center" in line for line in UNPUBLISHED)

"""How few requests Jira's queries need. Each request is one of a quota that others share."""

from __future__ import annotations

import json

import pytest

from tests.jira_sites import POINTS, a_site, a_world, issue

WORLD = a_world(*(issue(n, labels=[f"l{n}"], points=n) for n in range(1, 251)))
KNOWING_THE_SITE = 2  # serverInfo, myself


@pytest.mark.parametrize("counts", [20, 200])
def test_counts_take_one_request_for_each_jql(counts: int) -> None:
    with a_site(WORLD) as site:
        answers = site.answers(*({"count": f"labels = l{n}"} for n in range(1, counts + 1)))

        assert [answer.value for answer in answers] == [1.0] * counts
        assert len(site.asked()) == counts + KNOWING_THE_SITE


def test_equal_jqls_are_counted_once_however_they_are_written() -> None:
    with a_site(WORLD) as site:
        site.answers(
            {"count": "labels = l1"}, {"count": " labels = l1 "}, {"count": "labels = l1 ORDER BY key"}
        )

        assert len(site.asked("approximate-count")) == 1


def test_the_site_and_the_account_are_asked_for_once() -> None:
    with a_site(WORLD) as site:
        for _ in range(3):
            site.answers({"count": "labels = l1"})

        assert len(site.asked("serverInfo")) == len(site.asked("myself")) == 1


def test_all_metrics_of_one_jql_come_from_one_walk() -> None:
    jql = "labels in (l1, l2, l3)"
    with a_site(WORLD) as site:
        answers = site.answers(
            {"sum": {"jql": jql, "field": POINTS}},
            {"mean": {"jql": jql, "field": POINTS}},
            {"max": {"jql": jql, "field": "timespent"}},
            {"count": jql, "exact": True},
            {"count": jql},
        )

        (walk,) = [exchange for exchange in site.emulator.exchanges if "/search/" in exchange.path]
        assert json.loads(walk.body)["fields"] == [POINTS, "timespent"]
        assert [answer.value for answer in (*answers[:2], *answers[3:])] == [6, 2, 3, 3]


def test_a_walk_takes_one_request_for_a_hundred_issues() -> None:
    with a_site(WORLD) as site:
        assert site.value({"sum": {"jql": "project = PHX", "field": POINTS}}) == sum(range(251))

        assert len(site.asked("search/jql")) == 3


def test_an_exact_count_reads_ids_alone() -> None:
    with a_site(WORLD) as site:
        assert site.value({"count": "project = PHX", "exact": True}) == 250

        (walk,) = [exchange for exchange in site.emulator.exchanges if "/search/" in exchange.path]
        assert json.loads(walk.body)["fields"] == ["id"]


@pytest.mark.parametrize(("tickets", "requests"), [(20, 1), (100, 1), (101, 2), (200, 2)])
def test_tickets_take_one_request_for_a_hundred(tickets: int, requests: int) -> None:
    keys = [f"PHX-{n}" for n in range(1, tickets + 1)]
    with a_site(WORLD) as site:
        site.answers(
            *({"ticket": key} for key in keys),
            {"tickets": keys},
            {"field": {"issue": keys[0], "name": POINTS}},
        )

        assert len(site.asked("bulkfetch")) == requests
        assert len(site.asked()) == requests + KNOWING_THE_SITE


def test_names_of_fields_are_looked_up_once_and_ids_never() -> None:
    by_id = {"sum": {"jql": "labels = l1", "field": POINTS}}
    by_name = {"sum": {"jql": "labels = l1", "field": "Story Points"}}
    with a_site(WORLD) as site:
        site.answers(by_id, {"max": {"jql": "labels = l1", "field": "timespent"}})
        assert site.asked("/field") == []

        site.answers(by_name, by_id)
        site.answers(by_name)
        assert len(site.asked("/field")) == 1


def test_data_center_counts_with_one_request_for_each_jql() -> None:
    with a_site(WORLD, deployment="Server") as site:
        answers = site.answers(*({"count": f"labels = l{n}", "exact": n % 2 == 0} for n in range(1, 21)))

        assert [answer.value for answer in answers] == [1.0] * 20
        assert len(site.asked("/search")) == 20


def test_data_center_reads_as_many_issues_as_the_site_gives() -> None:
    with a_site({**WORLD, "page": 60}, deployment="Server") as site:
        assert site.value({"sum": {"jql": "project = PHX", "field": POINTS}}) == sum(range(251))

        assert len(site.asked("/search")) == 5


def test_data_center_looks_issues_up_a_hundred_at_a_time() -> None:
    with a_site(WORLD, deployment="Server") as site:
        assert site.value({"tickets": [f"PHX-{n}" for n in range(1, 151)]}) == 0

        assert len(site.asked("/search")) == 2


@pytest.mark.parametrize("length", [100, 5_000])
def test_data_center_is_asked_by_address_unless_the_jql_is_too_long_for_one(length: int) -> None:
    labels = ", ".join(f"l{n}" for n in range(1, length // 5))
    with a_site(WORLD, deployment="Server") as site:
        assert site.value({"count": f"labels in ({labels})"}) == min(250, length // 5 - 1)

        (search,) = [exchange for exchange in site.emulator.exchanges if "/search" in exchange.path]
        assert search.method == ("GET" if length == 100 else "POST")


def test_cloud_is_asked_in_version_3_alone_and_data_center_in_2() -> None:
    everything = (
        {"count": "labels = l1"},
        {"sum": {"jql": "labels = l1", "field": "Story Points"}},
        {"ticket": "PHX-1"},
    )
    with a_site(WORLD) as cloud:
        cloud.answers(*everything)
        cloud.connector.browse(None)
        cloud.connector.check()

        assert all(path.startswith("/rest/api/3/") for path in cloud.asked())
    with a_site(WORLD, deployment="Server") as data_center:
        data_center.answers(*everything)

        assert data_center.asked("/rest/api/3/") == ["/rest/api/3/serverInfo"]  # to learn what it is

"""Objectives, key results, their history and explanation, as callers of the API see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.api.key_results import KeyResult
from syncd.api.objectives import Objective
from syncd.okr.state import State
from syncd.store.history import CheckIn
from syncd.store.store import Store
from syncd.views.objectives import Linked, linked_row
from syncd.views.rows import key_result_row
from tests.apis import Api, an_api
from tests.builders import a_key_result, an_input, mappings_of
from tests.states import NOW, a_state, a_subject, an_objective_state

CYCLE_TIME = "product/faster/cycle-time"


@pytest.fixture
def api(store: Store) -> Api:
    return an_api(store)


async def read(api: Api, path: str, key: str | None = None) -> Any:  # Any: JSON
    async with api.client(key or await api.key("read")) as client:
        got = await client.get(f"/api/v1{path}")
    assert got.status_code == 200, got.text
    return got.json()


async def refused(api: Api, path: str, key: str | None = None) -> tuple[int, str]:
    async with api.client(key or await api.key("read")) as client:
        got = await client.get(f"/api/v1{path}")
    return got.status_code, got.json()["code"]


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("team=people", ["people/hire/offers"]),
        ("tier=individual", ["product/faster/mine"]),
        ("kind=keep", ["people/hire/offers"]),
        ("pace=behind", [CYCLE_TIME]),
        ("freshness=stale", [CYCLE_TIME]),
        ("owner=ben", ["people/hire/offers"]),
        ("q=CYCLE", [CYCLE_TIME]),
        ("q=offers+are", ["people/hire/offers"]),
        ("team=product&q=mine", ["product/faster/mine"]),
        ("cycle=2026-Q3", []),
    ],
)
async def test_every_filter_narrows_the_list(api: Api, query: str, found: list[str]) -> None:
    await api.record(
        a_state(CYCLE_TIME, pace="behind", freshness="stale", current=30.0),
        a_state("people/hire/offers", team="people", owner="ben", kind="keep", title="Offers are accepted"),
        a_state("product/faster/mine", tier="individual"),
    )

    assert ids(await read(api, f"/key-results?{query}")) == found


def test_nothing_of_what_the_command_line_shows_is_left_out() -> None:
    assert key_result_row(a_state()).keys() == KeyResult.model_fields.keys()
    assert linked_row(Linked(state=an_objective_state())).keys() == Objective.model_fields.keys()


async def test_a_filter_that_nothing_can_match_is_refused(api: Api) -> None:
    assert await refused(api, "/key-results?tier=teams") == (422, "invalid_request")


async def test_without_a_cycle_the_one_that_contains_today_is_meant(api: Api) -> None:
    await api.record(a_state(current=1.0), in_cycle(a_state(current=2.0), "2026-Q3"))

    assert (await read(api, f"/key-results/{CYCLE_TIME}"))["current"] == 1.0
    assert (await read(api, f"/key-results/{CYCLE_TIME}?cycle=2026-Q3"))["current"] == 2.0


async def test_without_a_running_cycle_several_are_ambiguous_and_one_is_not(api: Api) -> None:
    await api.record(in_cycle(a_state(), "2025-Q1"))
    assert (await read(api, f"/key-results/{CYCLE_TIME}"))["cycle"] == "2025-Q1"

    await api.record(in_cycle(a_state(), "2025-Q2"))
    assert await refused(api, f"/key-results/{CYCLE_TIME}") == (409, "ambiguous_cycle")


async def test_history_comes_in_pages_the_newest_first(api: Api) -> None:
    await api.record(a_state())
    async with api.store.transaction() as tx:
        await tx.history.add(
            CheckIn(subject=a_subject(), at=NOW + timedelta(hours=n // 2), current=float(n), progress=None)
            for n in range(5)
        )

    values, after = [], ""
    while True:
        page = await read(api, f"/key-results/{CYCLE_TIME}/history?limit=2{after}")
        values += [item["current"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert values == [4.0, 3.0, 2.0, 1.0, 0.0]
    assert await refused(api, f"/key-results/{CYCLE_TIME}/history?after=W10") == (422, "invalid_cursor")


async def test_an_explanation_leads_to_the_query_and_the_mapping(store: Store) -> None:
    key_result = a_key_result(an_input("done"), value="done")
    api = an_api(store, mappings=mappings_of(key_result))
    await api.apply()
    await api.record(a_state(current=30.0))

    explained = await read(api, f"/key-results/{CYCLE_TIME}/explain")

    assert (explained["current"], explained["formula"]) == (30.0, "done")
    assert [(used["name"], used["query"]) for used in explained["inputs"]] == [("done", "count: done")]
    assert explained["mapping"]["applied_by"] == "anna"


async def test_what_the_active_mappings_do_not_define_is_not_explained(store: Store) -> None:
    api = an_api(store, mappings=mappings_of(a_key_result(subject="product/faster/other")))
    await api.apply()
    await api.record(a_state())

    assert await refused(api, f"/key-results/{CYCLE_TIME}/explain") == (404, "not_found")


async def test_objectives_say_what_they_are_made_of_and_who_supports_them(api: Api) -> None:
    await record_tree(api)

    care = await read(api, "/objectives/company/care")

    assert care["key_results"] == ["company/care/waiting"]
    assert care["supporters"] == ["people/hire", "product/faster"]


async def test_objectives_are_a_tree_by_what_they_support(api: Api) -> None:
    await record_tree(api)

    assert branches((await read(api, "/objectives/tree"))["items"]) == {
        "company/care": {"people/hire": {}, "product/faster": {"product/tools": {}}}
    }


async def test_a_key_of_a_team_sees_its_own_objectives_at_the_top(api: Api) -> None:
    await record_tree(api)
    key = await api.key("read", teams=["product"])

    tree = await read(api, "/objectives/tree", key)

    assert branches(tree["items"]) == {"product/faster": {"product/tools": {}}}
    assert ids(await read(api, "/objectives", key)) == ["product/faster", "product/tools"]
    assert await refused(api, "/objectives/company/care", key) == (404, "not_found")
    assert (await read(api, "/objectives/product/faster", key))["supporters"] == ["product/tools"]


async def record_tree(api: Api) -> None:
    await api.record(
        an_objective_state("company/care", team=None, tier="organisation"),
        a_state("company/care/waiting", team=None, tier="organisation"),
        an_objective_state("product/faster", supports=("company/care/waiting",)),
        an_objective_state("people/hire", team="people", supports=("company/care",)),
        an_objective_state("product/tools", supports=("product/faster", "company/care/waiting@2026-Q3")),
    )


def branches(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["id"]: branches(item["below"]) for item in items}


def in_cycle(state: State, cycle: str) -> State:
    return replace(state, subject=a_subject(state.subject.id, cycle=cycle))

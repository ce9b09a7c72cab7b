"""Check-ins and confirmations by the API: recorded, sent and audited in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from syncd.okr.definition import Reach
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.builders import a_key_result, an_input, an_objective, mappings_of
from tests.deliveries import an_endpoint
from tests.states import a_state, a_subject, an_objective_state

ADDRESS = "/api/v1/key-results/product/faster/cycle-time"


@pytest.fixture
async def api(store: Store) -> Api:
    by_hand = a_key_result(kind=Reach(start=0, target=100))
    api = an_api(store, mappings=mappings_of(by_hand))
    await api.apply()
    async with store.transaction() as tx:
        await tx.outbox.sync_endpoints([an_endpoint()], at=api.clock())
    await api.record(a_state(start=0.0, target=100.0, unit="count", measure_digest="measure-1"))
    return api


async def post(
    api: Api, body: dict[str, Any], *, to: str = "check-ins", key: str | None = None, **headers: str
) -> httpx.Response:
    async with api.client(key or await api.key("check-in")) as client:
        return await client.post(f"{ADDRESS}/{to}", json=body, headers=headers)


async def test_a_check_in_moves_the_number_and_is_sent(api: Api) -> None:
    got = await post(api, {"value": 25, "confidence": 0.8, "comment": "two pilots", "author": "anna"})

    assert got.status_code == 201
    assert got.json()["check_in"]["author"] == "anna"
    assert (got.json()["key_result"]["current"], got.json()["key_result"]["origin"]) == (25.0, "person")
    async with api.store.reading() as tx:
        assert (await tx.states.get())[a_subject()].progress == 0.25
        assert [it.comment for it in await tx.history.of(a_subject(), limit=9)] == ["two pilots"]
        assert await tx.outbox.deliveries.count_open() >= 2
    assert ("drain_endpoint", "okr-store") in api.wakes.told


async def test_without_an_author_the_key_speaks_for_itself_and_the_audit_names_it(api: Api) -> None:
    await post(api, {"value": 25})
    await post(api, {"comment": "on the way", "author": "anna"})

    async with api.store.reading() as tx:
        second, first = (await tx.audit.last(2))[:2]
    assert {first.actor, second.actor} == {"key:check-in of the test"}
    assert (first.details["author"], second.details["author"]) == ("check-in of the test", "anna")


async def test_a_check_in_that_is_sent_twice_counts_once(api: Api) -> None:
    key = await api.key("check-in")
    sent = [await post(api, {"comment": "one"}, key=key, **{"idempotency-key": "k"}) for _ in range(3)]

    assert [got.status_code for got in sent] == [201, 201, 201]
    assert {got.text for got in sent} == {sent[0].text}
    async with api.store.reading() as tx:
        assert len(await tx.history.of(a_subject(), limit=9)) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_said"),
        ({"value": "25"}, "invalid_request"),
        ({"value": True}, "invalid_request"),
        ({"confidence": 1.5}, "invalid_request"),
        ({"valeu": 25}, "invalid_request"),
        ({"value": 25, "until": "2026-12-01"}, "invalid_until"),
        ({"value": 25, "until": "9999-12-31"}, "invalid_until"),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_records_nothing(
    api: Api, body: dict[str, Any], code: str
) -> None:
    got = await post(api, body)

    assert (got.status_code, got.json()["code"]) == (422, code)
    async with api.store.reading() as tx:
        assert await tx.history.of(a_subject(), limit=9) == []


async def test_a_key_of_another_team_cannot_check_in_and_learns_nothing(api: Api) -> None:
    theirs = await api.key("check-in", teams=["people"])

    got = await post(api, {"value": 1}, key=theirs)

    assert (got.status_code, got.json()["code"]) == (404, "not_found")


async def test_a_frozen_cycle_takes_no_word(api: Api) -> None:
    api.clock.now = api.clock.now.replace(year=2027, month=6)

    got = await post(api, {"value": 1}, key=await api.key("check-in"))

    assert (got.status_code, got.json()["code"]) == (409, "cycle_frozen")


async def test_nothing_is_confirmed_where_nothing_is_held(api: Api) -> None:
    got = await post(api, {}, to="confirmations")

    assert (got.status_code, got.json()["code"]) == (409, "nothing_held")


async def test_what_a_guard_holds_back_is_accepted_unless_it_is_another_by_now(store: Store) -> None:
    api = an_api(store, mappings=mappings_of(a_key_result(an_input())))
    await api.apply()
    held = {"held": {"value": 90.0, "why": "max_jump", "since": "2026-11-02T09:00:00Z"}}
    state = a_state(start=0.0, target=100.0, unit="count", current=10.0, measure_digest="measure-1")
    await api.record(replace(state, details=held))

    other = await post(api, {"value": 80}, to="confirmations")
    done = await post(api, {"value": 90, "comment": "it is real"}, to="confirmations")

    assert (other.status_code, other.json()["code"]) == (409, "held_value_changed")
    assert (done.status_code, done.json()["confirmed"]["value"]) == (201, 90.0)


async def test_an_override_is_ended_before_its_time(store: Store) -> None:
    api = an_api(store, mappings=mappings_of(a_key_result(an_input())))
    await api.apply()
    await api.record(a_state(start=0.0, target=100.0, unit="count", current=10.0, measure_digest="measure-1"))

    none = await post(api, {"end_override": True})
    overridden = await post(api, {"value": 40})
    both = await post(api, {"value": 50, "end_override": True})
    ended = await post(api, {"end_override": True, "comment": "repaired"})

    assert (none.status_code, none.json()["code"]) == (409, "no_override")
    assert (overridden.status_code, overridden.json()["key_result"]["current"]) == (201, 40.0)
    assert (both.status_code, both.json()["code"]) == (422, "value_refused")
    assert (ended.status_code, ended.json()["check_in"]["ends_override"]) == (201, True)
    assert "override" not in ended.json()["key_result"]["details"]


async def test_an_objective_that_people_set_is_as_far_as_they_say(store: Store) -> None:
    api = an_api(store, mappings=mappings_of(objectives=[an_objective(rollup="by_hand")]))
    await api.apply()
    await api.record(an_objective_state(rollup="by_hand"))
    key, theirs = await api.key("check-in"), await api.key("check-in", teams=["people"])
    address = "/api/v1/objectives/product/faster/check-ins"

    async with api.client(key) as client:
        done = await client.post(address, json={"progress": 0.4, "comment": "half way", "author": "anna"})
        wrong = await client.post(address, json={"progress": 40})
    async with api.client(theirs) as client:
        hidden = await client.post(address, json={"progress": 0.4})

    assert done.status_code == 201, done.text
    assert (done.json()["objective"]["progress"], done.json()["objective"]["said"]["author"]) == (0.4, "anna")
    assert (done.json()["check_in"]["progress"], done.json()["check_in"]["comment"]) == (0.4, "half way")
    assert (wrong.status_code, hidden.status_code) == (422, 404)
    async with api.store.reading() as tx:
        (entry,) = await tx.audit.last(1)
    assert (entry.action, entry.actor, entry.details["author"]) == (
        "set_progress",
        "key:check-in of the test",
        "anna",
    )


async def test_the_progress_of_a_computed_objective_is_not_set(api: Api) -> None:
    await api.record(an_objective_state())

    async with api.client(await api.key("check-in")) as client:
        got = await client.post("/api/v1/objectives/product/faster/check-ins", json={"progress": 0.4})

    assert (got.status_code, got.json()["code"]) == (422, "progress_refused")

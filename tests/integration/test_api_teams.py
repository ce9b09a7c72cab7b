"""A key of a team, over every route that it may ask: of others it learns neither ids nor numbers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.api.access import needs_of
from syncd.api.app import ROUTERS
from syncd.api.routes import Route
from syncd.okr.kinds import Composite
from syncd.store.store import Store
from syncd.sync.closing import with_closed
from syncd.sync.settle import settle
from tests.apis import Api, an_api
from tests.builders import a_key_result, an_objective, mappings_of
from tests.deliveries import an_endpoint
from tests.states import NOW, a_subject

MIX, OWN, THEIRS = "product/faster/mix", "product/faster/mine", "support/calm/tickets"

SUPPORT = {"team": "support", "owner": "carl"}
KEY_RESULTS = [
    a_key_result(
        subject=MIX,
        unit="ratio",
        kind=Composite(parts=((a_subject(OWN), 1.0), (a_subject(THEIRS), 2.0))),
    ),
    a_key_result(subject=OWN),
    a_key_result(subject=THEIRS, **SUPPORT),
]
MAPPINGS = mappings_of(
    *KEY_RESULTS,
    objectives=[
        an_objective(
            *KEY_RESULTS[:2], supports=(a_subject("support/calm"),), supporters=(a_subject("support/calm"),)
        ),
        an_objective(KEY_RESULTS[2], **SUPPORT, supports=(a_subject(MIX),)),
    ],
)

FILLED = {"team": "product", "objective": "faster", "key_result": "mix", "name": "tracker", "sync_id": "1"}
ASKED = sorted(
    route.path.format(**FILLED)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, Route) and "GET" in (route.methods or ())
    if needs_of(route.dependant)[0].scope == "read"
)
PAST = [f"{path}?at=2026-11-02T09:30:00Z" for path in ASKED if path.endswith("/explain")]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A composite of an own part and another team's, in an objective that supports theirs.

    On SQLite alone: what is left out of an answer is the same code on both.
    """
    async with await Store.open(f"sqlite:///{tmp_path / 'syncd.db'}", now=NOW) as store:
        api = an_api(store, mappings=MAPPINGS)
        await api.apply()
        async with store.transaction() as tx:
            await tx.outbox.sync_endpoints([an_endpoint()], at=NOW)
            await settle(tx, site=api.service.site, mappings=await with_closed(tx, MAPPINGS))
            sync = await tx.syncs.start(at=NOW, trigger="schedule")
            record = {"connections": {"tracker": {"failures": {"unauthorized": 7}}}, "key_results": 7}
            await tx.syncs.finish(sync, at=NOW, outcome="ok", record=record)
        async with api.client(await api.key("check-in")) as client:
            for id_, value in ((OWN, 30.0), (THEIRS, 60.0)):
                said = await client.post(f"/api/v1/key-results/{id_}/check-ins", json={"value": value})
                assert said.status_code == 201, said.text
        api.clock.now += timedelta(hours=2)
        yield api


async def ask(api: Api, path: str, key: str) -> str:
    async with api.client(key) as client:
        got = await client.get(path)
    assert got.status_code == 200, got.text
    return got.text


async def test_no_answer_to_a_key_of_a_team_names_what_is_another_teams(api: Api) -> None:
    key = await api.key("read", teams=["product"])

    told = {path: await ask(api, path, key) for path in (*ASKED, *PAST)}

    others = ("support/", "0.6", "unauthorized")
    assert {path for path, text in told.items() if any(it in text for it in others)} == set()


async def test_who_may_see_everything_is_told_the_parts(api: Api) -> None:
    key = await api.key("read")

    for path in (f"/api/v1/key-results/{MIX}", "/api/v1/status", "/api/v1/events", *PAST):
        assert "support/" in await ask(api, path, key), path


async def test_own_parts_and_how_many_count_are_told(api: Api) -> None:
    key = await api.key("read", teams=["product"])

    told = json.loads(await ask(api, f"/api/v1/key-results/{MIX}", key))

    assert told["progress"] == 0.5
    assert told["details"]["parts"] == {OWN: {"progress": 0.3, "weight": 1.0}}
    assert (told["details"]["known"], told["details"]["of"]) == (2, 2)


async def test_the_answer_to_a_word_is_narrowed_too_also_when_it_is_repeated(api: Api) -> None:
    key = await api.key("check-in", teams=["product"])

    async with api.client(key) as client:
        address = f"/api/v1/key-results/{MIX}/check-ins"
        sent = [
            await client.post(address, json={"confidence": 0.7}, headers={"idempotency-key": "one"})
            for _ in range(2)
        ]

    assert [got.status_code for got in sent] == [201, 201]
    assert "support/" not in sent[0].text + sent[1].text


async def test_of_the_feed_a_team_gets_the_signed_bytes_unless_they_name_others(api: Api) -> None:
    told = await ask(api, "/api/v1/events", await api.key("read", teams=["product"]))
    async with api.store.reading() as tx:
        signed = await tx.feed.after(
            0, limit=99, types=("key_result.progressed",), teams=None, for_everybody=(), with_individuals=True
        )

    def about(body: bytes) -> Any:  # Any: JSON
        return json.loads(body)["data"]["key_result"]["id"]

    assert [event.body.decode() in told for event in signed if about(event.body) == OWN] == [True]
    assert not any(event.body.decode() in told for event in signed if about(event.body) == THEIRS)
    mixed = [it for it in json.loads(told)["items"] if it["data"].get("key_result", {}).get("id") == MIX]
    assert mixed
    assert all(it["data"]["key_result"]["details"]["parts"].keys() <= {OWN} for it in mixed)

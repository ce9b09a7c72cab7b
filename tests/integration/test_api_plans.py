"""What mappings would change, and everything at once: what the command line asks of a running syncd."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncd.errors import SourceUnavailable
from syncd.mappings.findings import Finding
from syncd.mappings.load import Loaded
from syncd.okr.definition import Mappings
from syncd.store.store import Store
from syncd.sync.closing import with_closed
from syncd.sync.settle import settle
from syncd.sync.site import active
from syncd.views.explain import explanation
from syncd.views.explain_objective import objective_explanation
from syncd.views.past import explain_past
from syncd.views.rows import moment
from syncd.views.status import status
from tests.apis import Api, an_api
from tests.builders import a_key_result, an_input, mappings_of
from tests.states import NOW

ACTIVE = mappings_of(a_key_result(an_input()))
NEW = mappings_of(a_key_result(an_input(), title="Another title"), a_key_result(subject="product/faster/new"))
FILES = {"mappings/product.yaml": "…"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """On SQLite alone: what is asked of the store is asked elsewhere too."""
    async with await Store.open(f"sqlite:///{tmp_path / 'syncd.db'}", now=NOW) as store:
        found = an_api(store, mappings=ACTIVE)
        await found.apply()
        async with store.transaction() as tx:
            await settle(tx, site=found.service.site, mappings=await with_closed(tx, ACTIVE))
        yield found


async def planned(
    api: Api, *, new: Mappings | None = NEW, findings: tuple[Finding, ...] = (), **body: Any
) -> httpx.Response:
    """What is answered to files that say `new`. Any: fields of the body."""

    def read(_: Mapping[str, str]) -> Loaded:
        return Loaded(mappings=new, findings=findings)

    asking = replace(api, service=replace(api.service, read=read))
    async with asking.client(await api.key()) as client:
        return await client.post("/api/v1/plan", json={"files": FILES, **body})


async def test_a_plan_says_what_would_change_and_changes_nothing(api: Api) -> None:
    async with api.store.reading() as tx:
        before = await tx.states.get()

    got = (await planned(api, recorded=True)).json()

    assert {row["id"]: (row["changed"], row["before"] is None) for row in got["key_results"]} == {
        "product/faster/cycle-time": (True, False),
        "product/faster/new": (True, True),
    }
    async with api.store.reading() as tx:
        assert await tx.states.get() == before


async def test_a_plan_asks_the_sources_unless_it_is_told_not_to(api: Api) -> None:
    asked = []

    def out_of_order(name: str) -> Any:  # Any: nobody gets it
        asked.append(name)
        raise SourceUnavailable("the source is down")

    asking = replace(api, service=replace(api.service, asking=out_of_order))

    got = (await planned(asking)).json()

    assert asked == ["tracker"]
    assert got["key_results"][0]["error"]["code"] == "source_unavailable"


async def test_a_second_plan_that_would_ask_the_sources_is_to_come_again(api: Api) -> None:
    async with api.service.trying:
        got = await planned(api)
        recorded = await planned(api, recorded=True)

    assert (got.status_code, got.json()["code"], got.headers["retry-after"]) == (503, "plan_running", "5")
    assert recorded.status_code == 200


async def test_mistakes_are_named_with_their_places(api: Api) -> None:
    mistake = Finding(
        code="unknown_key",
        severity="error",
        message="no such key",
        path="x.yaml",
        line=3,
        column=7,
        hint="do",
    )

    got = await planned(api, new=None, findings=(mistake,))

    assert (got.status_code, got.json()["code"]) == (422, "invalid_files")
    assert (got.json()["detail"], got.json()["hint"]) == ("x.yaml:3:7: no such key", "do")
    assert got.json()["errors"] == [{"where": "x.yaml:3:7", "message": "no such key"}]


async def test_mapping_files_may_be_larger_than_other_bodies_and_not_endless(api: Api) -> None:
    large, too_large = "x" * 2_000_000, "x" * 9_000_000

    statuses = [
        (await planned(api, recorded=True, files={"mappings/x.yaml": text})).status_code
        for text in (large, too_large)
    ]

    assert statuses == [200, 413]


async def test_an_objective_is_led_back_to_its_parts(api: Api) -> None:
    async with api.client(await api.key("read")) as client:
        got = (await client.get("/api/v1/objectives/product/faster/explain?cycle=2026-Q4")).json()

    assert [(part["id"], part["weight"]) for part in got["parts"]] == [("product/faster/cycle-time", 1.0)]
    assert got["mapping"]["path"] == "mappings/product.yaml"


async def test_the_status_is_everything_that_a_key_may_see(api: Api) -> None:
    everything, nothing = await api.key("read"), await api.key("read", teams=["people"])

    async with api.client(everything) as client:
        seen = (await client.get("/api/v1/status")).json()
    async with api.client(nothing) as client:
        hidden = (await client.get("/api/v1/status")).json()

    assert [row["id"] for row in seen["key_results"]] == ["product/faster/cycle-time"]
    assert seen["key_results"][0]["no_forecast"]["reason"]
    assert [row["id"] for row in seen["objectives"]] == ["product/faster"]
    assert hidden == {"key_results": [], "objectives": []}


PAST = "/api/v1/key-results/product/faster/cycle-time/explain"


async def past(api: Api, at: datetime, *, key: str | None = None, path: str = PAST) -> httpx.Response:
    async with api.client(key or await api.key("read")) as client:
        return await client.get(path, params={"at": at.isoformat()})


async def test_what_was_said_then_is_told_whole(api: Api) -> None:
    """As the command tells it: what a view adds and a model does not know would be left out."""
    then = api.clock()
    api.clock.now += timedelta(hours=1)
    site, cycles = api.service.site, api.service.outlook.cycles

    got = (await past(api, then)).json()
    of_objective = (await past(api, then, path="/api/v1/objectives/product/faster/explain")).json()

    async with api.store.reading() as tx:
        number, objective = [
            await explain_past(tx, wanted, at=then, load=site.load, cycles=cycles)
            for wanted in ("product/faster/cycle-time", "product/faster")
        ]
    assert got == number
    assert of_objective == objective
    assert got["said"]["at"] == moment(then)
    assert [part["id"] for part in of_objective["parts"]] == ["product/faster/cycle-time@2026-Q4"]


async def test_what_is_so_now_is_told_whole(api: Api) -> None:
    service = api.service
    now: dict[str, Any] = {
        "outlook": service.outlook,
        "zone": service.site.calendar.zone,
        "now": service.clock(),
    }

    async with api.client(await api.key("read")) as client:
        answers = [
            (await client.get(f"/api/v1{path}")).json()
            for path in (
                "/status",
                "/key-results/product/faster/cycle-time/explain",
                "/objectives/product/faster/explain",
            )
        ]

    async with api.store.reading() as tx:
        version, mappings = await tx.versions.active(), await active(tx, service.site)
        (number,), (objective,) = mappings.key_results, mappings.objectives
        rows = [
            await status(tx, await tx.states.get(via="anybody"), **now),
            await explanation(tx, number, mappings=mappings, version=version, **now),
            await objective_explanation(tx, objective, mappings=mappings, version=version),
        ]
    assert answers == rows


async def test_a_time_of_which_nothing_is_known_says_why(api: Api) -> None:
    statuses = [
        (got.status_code, got.json()["code"])
        for got in (
            await past(api, api.clock() + timedelta(hours=1)),
            await past(api, api.clock() - timedelta(days=400)),
            await past(api, api.clock(), path=PAST.replace("cycle-time", "absent")),
        )
    ]

    assert statuses == [(422, "time_in_future"), (404, "before_history"), (404, "unknown_key_result")]


async def test_a_past_time_has_a_zone_and_a_day_is_one_of_the_installation(api: Api) -> None:
    async with api.client(await api.key("read")) as client:
        without, day = [
            await client.get(PAST, params={"at": at}) for at in ("2026-11-02T09:00:00", "2026-11-02")
        ]

    assert (without.status_code, without.json()["code"]) == (422, "unreadable_time")
    assert day.status_code == 200


async def test_the_past_of_other_teams_is_not_there(api: Api) -> None:
    mine, theirs = await api.key("read", teams=["product"]), await api.key("read", teams=["people"])
    absent = PAST.replace("cycle-time", "absent")

    hidden, missing = (
        await past(api, api.clock(), key=theirs),
        await past(api, api.clock(), key=theirs, path=absent),
    )

    assert (await past(api, api.clock(), key=mine)).status_code == 200
    assert (hidden.status_code, hidden.json()) == (404, missing.json())


async def test_what_another_team_had_then_comes_along_with_its_past(api: Api) -> None:
    async with api.store.transaction() as tx:
        before = await tx.states.get()
        await tx.states.save(
            [replace(state, team="people") for state in before.values()], at=api.clock(), sync_id=None
        )

    theirs, former = await api.key("read", teams=["people"]), await api.key("read", teams=["product"])

    assert (await past(api, api.clock(), key=theirs)).status_code == 200
    assert (await past(api, api.clock(), key=former)).status_code == 404

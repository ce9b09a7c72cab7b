"""/metrics: what Prometheus gets to see."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.api.app import application
from syncd.errors import QueryRejected
from syncd.okr.names import QueryKey
from syncd.store.store import Store
from syncd.store.syncs import ConnectionState, Outcome
from syncd.sync.measure import Answers
from syncd.sync.report import traffic
from tests.apis import Api, an_api
from tests.deliveries import SOURCE, an_endpoint, an_event
from tests.states import NOW, a_state

# Made by what makes it in a sync, so that the two never differ.
RECORD = {
    "connections": {
        "tracker": traffic(
            Answers(
                connection="tracker",
                answers={QueryKey("tracker", "d1"): QueryRejected("no such field")},
                asked_at=NOW,
                wanted=2,
                requests=3,
                bytes=900,
                not_modified=0,
                seconds=1.5,
                waits=1,
                wait_s=0.5,
            )
        )
    }
}


@pytest.fixture
def api(store: Store) -> Api:
    return an_api(store)


async def sync(api: Api, outcome: Outcome) -> None:
    await finish(api, await start(api), outcome)


async def start(api: Api) -> int:
    async with api.store.transaction() as tx:
        return await tx.syncs.start(at=api.clock(), trigger="schedule")


async def finish(api: Api, sync_id: int, outcome: Outcome) -> None:
    async with api.store.transaction() as tx:
        await tx.syncs.finish(sync_id, at=api.clock(), outcome=outcome, record=RECORD)


async def scrape(client: httpx.AsyncClient) -> dict[str, float]:
    """Sample -> value; `name{label}` by its labels' values."""
    got = await client.get("/metrics")
    assert got.status_code == 200
    assert got.headers["content-type"].startswith("text/plain")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(got.text)
        for sample in family.samples
    }


def scraper(api: Api) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application(api.service))
    return httpx.AsyncClient(transport=transport, base_url="http://syncd")


async def test_syncs_and_what_they_cost_are_counted_since_the_process_began(api: Api) -> None:
    await sync(api, "failed")
    api.clock.now += timedelta(minutes=1)
    async with scraper(api) as client:
        await sync(api, "ok")
        first = await scrape(client)
        await sync(api, "ok")
        second = await scrape(client)

    assert (first["syncd_syncs_total ok schedule"], second["syncd_syncs_total ok schedule"]) == (1, 2)
    assert "syncd_syncs_total failed schedule" not in second
    assert second["syncd_source_requests_total tracker"] == 6
    assert second["syncd_source_wait_seconds_total tracker"] == 1.0
    assert second["syncd_source_failures_total query_rejected tracker"] == 2


async def test_a_sync_that_ends_after_a_younger_one_is_counted_once_like_it(api: Api) -> None:
    api.clock.now += timedelta(minutes=1)
    async with scraper(api) as client:
        await scrape(client)
        older = await start(api)
        await sync(api, "ok")
        first = await scrape(client)
        await scrape(client)
        await finish(api, older, "ok")
        await scrape(client)
        last = await scrape(client)

    assert first["syncd_syncs_total ok schedule"] == 1
    assert last["syncd_syncs_total ok schedule"] == 2


async def test_key_results_sources_and_deliveries_are_told_as_they_are(api: Api) -> None:
    await api.record(a_state(freshness="stale"), a_state("product/faster/lead-time"))
    async with api.store.transaction() as tx:
        await tx.outbox.sync_endpoints([an_endpoint(), an_endpoint("removed")], at=api.clock())
        await tx.outbox.sync_endpoints([an_endpoint()], at=api.clock())
        await tx.outbox.enqueue([an_event()], source=SOURCE, at=api.clock())
        await tx.syncs.save_connections({"tracker": ConnectionState(failing_since=api.clock())})
    api.clock.now += timedelta(seconds=90)

    async with scraper(api) as client:
        found = await scrape(client)

    assert "syncd_deliveries_open removed" not in found
    assert (found["syncd_key_results stale"], found["syncd_key_results none"]) == (1, 1)
    assert (found["syncd_source_failing tracker"], found["syncd_source_failing usage"]) == (1, 0)
    assert found["syncd_deliveries_open okr-store"] == 1
    assert found["syncd_deliveries_oldest_age_seconds okr-store"] == 90

"""Readings, versions, syncs, connections and the audit: each comes back as it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.okr.definition import QueryKey
from syncd.okr.reading import BadRead, ErrorFact, GoodRead, Reading
from syncd.store import ConnectionState, MappingVersion, Store
from tests.states import NOW

GOOD = GoodRead(
    value=0.1 + 0.2,
    unit="count",
    read_at=NOW,
    observed_at=NOW - timedelta(hours=1),
    evidence_url="https://acme.example/issues?jql=größe",
    sample_size=12,
    approximate=True,
    exact_at=NOW - timedelta(minutes=5),
)
BAD = BadRead(
    error=ErrorFact(code="rate_limited", message="wait 60 s", actor="nobody"),
    since=NOW - timedelta(days=1),
    read_at=NOW,
    in_a_row=3,
)
KEY = QueryKey("tracker", "a" * 64)
OTHER = QueryKey("usage", "a" * 64)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(good=GOOD),
        Reading(good=GoodRead(value=0.0, unit="count", read_at=NOW)),
        Reading(bad=BAD),
        Reading(good=GOOD, bad=BAD),
    ],
)
async def test_a_reading_comes_back_as_it_was_saved(store: Store, reading: Reading) -> None:
    async with store.transaction() as tx:
        await tx.readings.save({KEY: reading})

    async with store.reading() as tx:
        assert await tx.readings.get() == {KEY: reading}


async def test_a_good_reading_replaces_the_failures_before_it(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.readings.save({KEY: Reading(bad=BAD)})
        await tx.readings.save({KEY: Reading(good=GOOD)})

    async with store.reading() as tx:
        assert await tx.readings.get([KEY]) == {KEY: Reading(good=GOOD)}


async def test_readings_are_found_by_their_queries(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.readings.save({KEY: Reading(good=GOOD), OTHER: Reading(bad=BAD)})

    async with store.reading() as tx:
        assert await tx.readings.get([OTHER]) == {OTHER: Reading(bad=BAD)}
        assert await tx.readings.get([QueryKey("tracker", "never asked")]) == {}


async def test_each_period_of_a_query_has_a_reading_of_its_own(store: Store) -> None:
    weeks = [KEY._replace(period=week) for week in ("2026-10-05/2026-10-11", "2026-10-12/2026-10-18")]
    by_week = {week: Reading(good=replace(GOOD, value=float(n))) for n, week in enumerate(weeks)}

    async with store.transaction() as tx:
        await tx.readings.save({KEY: Reading(bad=BAD), **by_week})

    async with store.reading() as tx:
        assert await tx.readings.get() == {KEY: Reading(bad=BAD), **by_week}
        assert await tx.readings.get([weeks[1]]) == {weeks[1]: by_week[weeks[1]]}
        assert await tx.readings.get([KEY]) == {KEY: Reading(bad=BAD)}


async def test_no_version_is_active_before_the_first_is_applied(store: Store) -> None:
    async with store.reading() as tx:
        assert await tx.versions.active() is None
        assert await tx.versions.active_digest() is None


async def test_the_version_applied_last_is_active_even_if_it_is_an_older_one_again(store: Store) -> None:
    files = {"mappings/product.yaml": "cycle: 2026-Q4\n# ä\n"}
    async with store.transaction() as tx:
        await tx.versions.activate(files, digest="one", at=NOW, by="anna")
        await tx.versions.activate({}, digest="two", at=NOW, by="jonas")
        await tx.versions.activate(files, digest="one", at=NOW + timedelta(days=1), by="jonas")

    async with store.reading() as tx:
        assert await tx.versions.active_digest() == "one"
        assert await tx.versions.active() == MappingVersion(
            digest="one", files=files, applied_at=NOW + timedelta(days=1), applied_by="jonas"
        )


async def test_the_last_syncs_are_listed_newest_first_with_their_records(store: Store) -> None:
    async with store.transaction() as tx:
        ids = [await tx.syncs.start(at=NOW + timedelta(hours=n), trigger="timer") for n in range(3)]
        await tx.syncs.finish(
            ids[2], at=NOW + timedelta(hours=3), outcome="partial", record={"tracker": {"queries": 3}}
        )

    async with store.reading() as tx:
        newest, killed = await tx.syncs.last(2)

    assert (newest.id, newest.outcome, newest.record) == (ids[2], "partial", {"tracker": {"queries": 3}})
    assert (killed.id, killed.finished_at, killed.outcome, killed.record) == (ids[1], None, None, {})


async def test_connections_are_kept_by_name(store: Store) -> None:
    broken = ConnectionState(
        failing_since=NOW,
        error=BAD.error,
        sequence=3,
        last_synced_at=NOW,
        not_before=NOW + timedelta(hours=1),
    )
    async with store.transaction() as tx:
        await tx.syncs.save_connections({"tracker": ConnectionState(), "usage": ConnectionState()})
        await tx.syncs.save_connections({"tracker": broken})

    async with store.reading() as tx:
        assert await tx.syncs.connections() == {"tracker": broken, "usage": ConnectionState()}


async def test_the_audit_is_listed_newest_first(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.audit.add(at=NOW, actor="anna", action="apply", details={"digest": "one"})
        await tx.audit.add(at=NOW, actor="jonas", action="apply", details={"digest": "zwölf"})

    async with store.reading() as tx:
        (entry,) = await tx.audit.last(1)

    assert (entry.at, entry.actor, entry.action) == (NOW, "jonas", "apply")
    assert entry.details == {"digest": "zwölf"}


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        async with store.transaction() as tx:
            await tx.readings.save(
                {KEY: Reading(good=GoodRead(value=1, unit="", read_at=NOW.replace(tzinfo=None)))}
            )

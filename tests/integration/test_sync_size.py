"""A sync costs statements per batch, never per key result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from benchmarks.organisation import BEGINS_AT, Syncs, measured, organisation
from benchmarks.size import statements
from syncd.store.store import Store


async def counts(store: Store, *, key_results: int) -> list[int]:
    """Statements of a first sync, of one where every number moved, and of one where none did."""
    mappings = organisation(key_results)
    syncs = await Syncs.begin(store, mappings)
    found = []
    # Both later syncs at one moment: time alone moves a pace.
    for step in (0, 1, 1):
        asked = measured(mappings, step=step, at=BEGINS_AT + timedelta(minutes=15 * step))
        with statements() as counted:
            report = await syncs.evaluate_and_record(asked)
        assert report.key_results == key_results
        found.append(counted[0])
    return found


async def test_eight_times_the_key_results_take_no_more_statements(tmp_path: Path) -> None:
    found = []
    # Not more than 1,000 subjects: of what waits for an endpoint, so many are looked up at once.
    for key_results in (100, 800):
        async with await Store.open(f"sqlite:///{tmp_path}/{key_results}.db", now=BEGINS_AT) as store:
            found.append(await counts(store, key_results=key_results))

    few, many = found
    assert many == few


async def test_no_statement_is_made_for_each_key_result(store: Store) -> None:
    found = await counts(store, key_results=200)

    assert max(found) <= 24

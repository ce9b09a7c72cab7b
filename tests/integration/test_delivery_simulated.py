"""The lives of `tests/unit/delivery/test_simulation.py`, a few of them, over both databases."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog

from syncd.store.store import Store
from tests.deliveries import NOW
from tests.histories import verdict
from tests.simulated import simulate

SEEDS = int(os.environ.get("SYNCD_TEST_SEEDS", "1000")) // 250


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_reordered_made_up_or_applied_twice(store_url: str, seed: int) -> None:
    async def opened() -> Store:
        return await Store.open(store_url, now=NOW)

    broken = verdict(simulate(seed, store=opened))

    assert not broken, f"seed {seed}: {broken}"

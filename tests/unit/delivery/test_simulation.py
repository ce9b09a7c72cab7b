"""A thousand lives of an outbox, each from one seed: whatever happens, every promise is kept.

`SYNCD_TEST_SEEDS=10000` lives through more, for a night.
"""

from __future__ import annotations

import os

import pytest

from tests.histories import verdict
from tests.simulated import simulate

SEEDS = int(os.environ.get("SYNCD_TEST_SEEDS", "1000"))
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_reordered_made_up_or_applied_twice(part: int) -> None:
    for seed in range(part, SEEDS, PARTS):
        broken = verdict(simulate(seed))

        assert not broken, f"seed {seed}: {broken}"


def test_a_seed_is_one_life_and_no_other() -> None:
    first, again = simulate(7), simulate(7)

    assert first.received == again.received
    assert first.settled == again.settled

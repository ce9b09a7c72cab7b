"""kill -9, again and again, of processes that publish, deliver and settle: judged by all histories."""

from __future__ import annotations

from pathlib import Path

from tests.histories import verdict
from tests.killing import live

KILLS = 10
"""Few for each run; `python -m benchmarks.kills` kills hundreds."""


def test_killed_publishers_and_senders_lose_reorder_invent_and_double_nothing(
    store_url: str, tmp_path: Path
) -> None:
    life = live(store_url, tmp_path, kills=KILLS, seed=7)

    assert verdict(life.history) == []
    assert (life.kills, life.duplicated_effects) == (KILLS, 0)
    assert len(life.effects) > KILLS

"""A newer number takes the place of one that waits, and its turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.delivery.superseding import Queued, supersede
from tests.deliveries import NOW

LATER = NOW + timedelta(hours=2)


def queued(sequence: int, state: Any = "pending", **fields: Any) -> Queued:  # Any: fields of Queued
    return Queued(
        **{
            "id": sequence,
            "sequence": sequence,
            "coalesces": True,
            "state": state,
            "attempts": 0,
            "due_at": NOW,
            "first_failed_at": None,
            "coalesced_from": None,
            "waits_for": None,
            **fields,
        }
    )


def waiting(sequence: int, *, attempts: int = 4, due_at: datetime = LATER, **fields: Any) -> Queued:
    return queued(sequence, "waiting", attempts=attempts, due_at=due_at, first_failed_at=NOW, **fields)


def test_the_heir_waits_as_long_as_the_one_it_replaces() -> None:
    heir, superseded = supersede([waiting(3)], queued(4))

    assert [one.id for one in superseded] == [3]
    assert (heir.state, heir.due_at, heir.attempts, heir.first_failed_at) == ("waiting", LATER, 4, NOW)
    assert (heir.id, heir.sequence, heir.coalesced_from) == (4, 4, 3)


def test_the_first_sequence_that_it_stands_for_is_handed_on() -> None:
    heir, _ = supersede([waiting(7, coalesced_from=3)], queued(8))

    assert heir.coalesced_from == 3


def test_a_run_is_replaced_as_a_whole() -> None:
    heir, superseded = supersede([waiting(3), queued(4, due_at=None), queued(5, due_at=None)], queued(6))

    assert sorted(one.id for one in superseded) == [3, 4, 5]
    assert (heir.coalesced_from, heir.due_at) == (3, LATER)


def test_one_in_flight_is_never_superseded() -> None:
    heir, superseded = supersede([queued(3, "in_flight"), queued(4)], queued(5))

    assert [one.id for one in superseded] == [4]
    assert (heir.coalesced_from, heir.attempts) == (4, 0)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ([], queued(1)),
        ([queued(3, "in_flight")], queued(4)),
        ([waiting(3)], queued(4, coalesces=False)),
        ([waiting(3), queued(4, coalesces=False)], queued(5)),
    ],
    ids=["nothing waits", "in flight", "another kind is not skipped to", "never across another kind"],
)
def test_what_may_not_be_superseded_stays(older: list[Queued], newer: Queued) -> None:
    assert supersede(older, newer) == (newer, ())

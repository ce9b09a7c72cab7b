"""What becomes of deliveries and their endpoint after attempts: the schedule, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from syncd.delivery.circuit import OPENS_AFTER, Circuit
from syncd.delivery.delivery import Delivery, Result, Settlement, Tried
from syncd.delivery.outcome import Outcome, outcome_of
from syncd.delivery.schedule import ATTEMPTS, WAITS, next_at
from syncd.delivery.settling import Reach, Verdict, settle
from tests.deliveries import NOW, a_delivery, a_result, tried

UNREACHABLE: Outcome = "unreachable"
HOURS_76 = timedelta(hours=76)
OPEN = Circuit(failures=5, step=2, opened_at=NOW - timedelta(hours=1), probe_at=NOW, probe="probing")


def one(
    delivery: Delivery, result: Result | Outcome, *, reach: Reach | None = None, is_probe: bool = False
) -> tuple[Settlement, Verdict]:
    verdict = settle(reach or Reach(), [tried(delivery, result)], is_probe=is_probe, at=NOW)
    (settlement,) = verdict.settlements
    return settlement, verdict


def test_ten_attempts_cover_about_76_hours() -> None:
    assert ATTEMPTS == 10
    assert timedelta(hours=75) < sum(WAITS, timedelta()) < timedelta(hours=77)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        (1, timedelta(seconds=5)),
        (2, timedelta(minutes=5)),
        (3, timedelta(minutes=30)),
        (4, timedelta(hours=2)),
        (5, timedelta(hours=5)),
        (6, timedelta(hours=10)),
        (7, timedelta(hours=14)),
        (8, timedelta(hours=20)),
        (9, timedelta(hours=24)),
        (10, timedelta(hours=24)),
        (99, timedelta(hours=24)),
    ],
)
def test_the_schedule_with_up_to_a_fifth_of_jitter(attempts: int, wait: timedelta) -> None:
    assert next_at(attempts, after=NOW, chance=0.0) == NOW + wait
    assert next_at(attempts, after=NOW, chance=1.0) == NOW + wait * 1.2


@pytest.mark.parametrize(
    ("floor", "wait"),
    [
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(days=9), timedelta(hours=24)),
    ],
    ids=["a floor", "no shortcut", "a day at most"],
)
def test_retry_after_is_a_floor(floor: timedelta, wait: timedelta) -> None:
    assert next_at(1, after=NOW, floor=floor, chance=0.0) == NOW + wait


EXPECTED: dict[str, tuple[str, timedelta | None, bool]] = {
    "delivered": ("delivered", None, False),
    "busy": ("waiting", WAITS[0], False),
    "refused": ("waiting", WAITS[0], False),
    "gone": ("pending", timedelta(), True),
}
"""Outcome -> state, wait until the next attempt, whether the endpoint is disabled."""


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_one_outcome_and_one_next_attempt(status: int) -> None:
    outcome = outcome_of(status)
    state, wait, disables = EXPECTED[outcome]

    settlement, verdict = one(a_delivery(), outcome)

    assert settlement.state == state
    assert wait is None or settlement.due_at == NOW + wait
    assert (verdict.disables is not None) is disables


def test_a_delivered_one_is_settled_with_its_attempt() -> None:
    settlement, verdict = one(a_delivery(attempts=2), "delivered")

    assert (settlement.state, settlement.attempts) == ("delivered", 3)
    assert settlement.attempt == a_result("delivered")
    assert verdict.reach.delivered_at == NOW


@pytest.mark.parametrize("outcome", ["busy", "refused", "unreachable"])
def test_a_failure_waits_and_remembers_when_the_first_one_was(outcome: Outcome) -> None:
    earlier = NOW - timedelta(minutes=6)

    first, _ = one(a_delivery(), outcome)
    later, _ = one(a_delivery(attempts=2, first_failed_at=earlier), outcome)

    assert (first.state, first.due_at, first.first_failed_at) == ("waiting", NOW + WAITS[0], NOW)
    assert (later.state, later.due_at, later.first_failed_at) == ("waiting", NOW + WAITS[2], earlier)


def test_gone_disables_the_endpoint_and_keeps_the_delivery_for_its_return() -> None:
    settlement, verdict = one(a_delivery(attempts=3, refusals=2), "gone")

    assert (settlement.state, settlement.attempts, settlement.refusals) == ("pending", 0, 0)
    assert verdict.disables == verdict.reach.disabled == "gone"


def test_a_delivery_that_is_refused_its_whole_schedule_dies_with_its_reason() -> None:
    settlement, verdict = one(a_delivery(attempts=9, refusals=9), "refused")

    assert (settlement.state, settlement.reason) == ("dead", "the endpoint is refused")
    assert verdict.disables is None


def test_a_delivery_dies_only_of_its_own_refusals() -> None:
    heir, _ = one(a_delivery(attempts=9, refusals=0, coalesced_from=1), "refused")

    assert (heir.state, heir.attempts, heir.refusals) == ("waiting", 10, 1)
    assert heir.due_at == NOW + WAITS[-1]


@pytest.mark.parametrize("outcome", ["busy", "unreachable"])
def test_an_endpoint_that_took_nothing_the_whole_schedule_is_disabled_and_loses_nothing(
    outcome: Outcome,
) -> None:
    delivery = a_delivery(attempts=9, first_failed_at=NOW - HOURS_76)
    reach = Reach(delivered_at=NOW - timedelta(hours=77))

    settlement, verdict = one(delivery, outcome, reach=reach)

    assert (settlement.state, settlement.attempts, verdict.disables) == ("pending", 0, "unreachable")


@pytest.mark.parametrize("outcome", ["busy", "unreachable"])
def test_one_delivery_that_always_breaks_an_endpoint_disables_it_not_for_the_others(outcome: Outcome) -> None:
    delivery = a_delivery(attempts=9, first_failed_at=NOW - HOURS_76)
    reach = Reach(delivered_at=NOW - timedelta(hours=1))

    settlement, verdict = one(delivery, outcome, reach=reach)

    assert (settlement.state, settlement.due_at) == ("waiting", NOW + WAITS[-1])
    assert verdict.disables is None


def test_one_that_was_not_attempted_goes_back_as_it_was() -> None:
    waited = a_delivery(attempts=2, due_at=NOW - timedelta(hours=1), waits_for="circuit")

    verdict = settle(Reach(), [tried(waited, None), tried(a_delivery(id=2), None)], is_probe=False, at=NOW)

    first, second = verdict.settlements
    assert (first.state, first.attempts, first.due_at) == ("waiting", 2, NOW - timedelta(hours=1))
    assert (first.waits_for, first.attempt, second.state) == ("circuit", None, "pending")


def test_one_that_our_own_code_fails_on_is_set_aside() -> None:
    settlement, verdict = one(a_delivery(), "quarantined")

    assert (settlement.state, settlement.reason) == ("dead", "quarantined")
    assert verdict.reach == Reach()


def batch(*outcomes: Outcome) -> list[Tried]:
    """As attempts that end one second after the other."""
    return [
        tried(a_delivery(id=number), a_result(outcome, at=NOW + timedelta(seconds=number)))
        for number, outcome in enumerate(outcomes)
    ]


def test_nobody_answering_five_times_in_a_row_opens_the_circuit() -> None:
    verdict = settle(Reach(), batch(*[UNREACHABLE] * OPENS_AFTER), is_probe=False, at=NOW)

    opened_at = NOW + timedelta(seconds=4)
    circuit = verdict.reach.circuit
    assert (circuit.opened_at, circuit.probe_at, circuit.step) == (opened_at, opened_at + WAITS[0], 1)
    assert verdict.turn == "opened"
    assert verdict.hastens == frozenset({"circuit"})


@pytest.mark.parametrize("between", ["delivered", "refused", "busy"])
def test_any_answer_between_begins_the_row_anew(between: Outcome) -> None:
    row = [UNREACHABLE] * 4

    verdict = settle(Reach(), batch(*row, between, *row), is_probe=False, at=NOW)

    assert not verdict.reach.circuit.is_open


def test_four_batches_of_one_and_a_fifth_open_it_too() -> None:
    reach = Reach()
    for _ in range(OPENS_AFTER):
        _, verdict = one(a_delivery(), "unreachable", reach=reach)
        reach = verdict.reach

    assert reach.circuit.is_open


def test_attempts_that_were_on_their_way_when_it_opened_count_nowhere() -> None:
    verdict = settle(Reach(), batch(*[UNREACHABLE] * 8), is_probe=False, at=NOW)

    assert [it.attempts for it in verdict.settlements] == [1] * 5 + [0] * 3
    assert verdict.reach.circuit.step == 1


def test_a_failed_probe_takes_the_next_step_and_counts_nowhere_else() -> None:
    settlement, verdict = one(a_delivery(attempts=1), "unreachable", reach=Reach(circuit=OPEN), is_probe=True)

    circuit = verdict.reach.circuit
    assert (circuit.step, circuit.probe_at, circuit.probe) == (3, NOW + WAITS[2], None)
    # Due now: the circuit alone holds it back, and next time another one is the probe.
    assert (settlement.attempts, settlement.due_at, settlement.waits_for) == (1, NOW, "circuit")


def test_a_busy_answer_to_a_probe_keeps_the_circuit_open_as_long_as_it_asks_for() -> None:
    busy = a_result("busy", retry_after=timedelta(hours=3))

    settlement, verdict = one(a_delivery(), busy, reach=Reach(circuit=OPEN), is_probe=True)

    assert verdict.reach.circuit.probe_at == NOW + timedelta(hours=3)
    assert (settlement.attempts, settlement.due_at) == (0, NOW + timedelta(hours=3))


@pytest.mark.parametrize("outcome", ["delivered", "refused"])
def test_who_takes_or_refuses_a_probe_is_there(outcome: Outcome) -> None:
    _, verdict = one(a_delivery(), outcome, reach=Reach(circuit=OPEN), is_probe=True)

    assert verdict.reach.circuit == Circuit()
    assert verdict.turn == "closed"


def test_a_probe_that_was_not_sent_makes_room_for_another() -> None:
    verdict = settle(Reach(circuit=OPEN), [tried(a_delivery(), None)], is_probe=True, at=NOW)

    assert (verdict.reach.circuit.probe, verdict.reach.circuit.probe_at) == (None, NOW)
    assert verdict.reach.circuit.step == OPEN.step


def test_a_schedule_of_failed_probes_disables_the_endpoint() -> None:
    reach = settle(Reach(), batch(*[UNREACHABLE] * 5), is_probe=False, at=NOW).reach
    probed_at: list[datetime] = []
    while reach.disabled is None:
        assert reach.circuit.probe_at is not None
        probed_at.append(reach.circuit.probe_at)
        result = a_result("unreachable", at=probed_at[-1])
        settlement, verdict = one(a_delivery(), result, reach=reach, is_probe=True)
        reach = verdict.reach

    assert len(probed_at) == len(WAITS)
    assert timedelta(hours=75) < probed_at[-1] - NOW < timedelta(hours=77)
    assert (reach.disabled, reach.circuit, settlement.state) == ("unreachable", Circuit(), "pending")


def test_a_success_makes_those_due_that_took_the_place_of_older_ones() -> None:
    _, verdict = one(a_delivery(), "delivered")

    assert verdict.hastens == frozenset({"success"})


def judged_in_order(order: Callable[[list[Tried]], list[Tried]]) -> Circuit:
    outcomes: list[Outcome] = ["delivered", *[UNREACHABLE] * 5]
    return settle(Reach(), order(batch(*outcomes)), is_probe=False, at=NOW).reach.circuit


def test_a_batch_is_judged_in_the_order_in_which_its_attempts_ended() -> None:
    assert judged_in_order(lambda it: it[::-1]) == judged_in_order(lambda it: it)

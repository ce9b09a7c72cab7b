"""What becomes of a delivery after an attempt: the schedule, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.webhooks.attempt import Outcome
from syncd.webhooks.settle import ATTEMPTS, WAITS, next_at, quarantined, released, settlement
from tests.deliveries import NOW, a_delivery, a_result


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
    ],
)
def test_the_schedule_with_up_to_a_fifth_of_jitter(attempts: int, wait: timedelta) -> None:
    assert next_at(attempts, after=NOW, chance=0.0) == NOW + wait
    assert next_at(attempts, after=NOW, chance=1.0) == NOW + wait * 1.2


def test_the_schedule_ends_after_the_tenth_attempt() -> None:
    assert next_at(10, after=NOW, chance=0.0) is None


def test_retry_after_is_a_floor_and_no_shortcut() -> None:
    hour, second = timedelta(hours=1), timedelta(seconds=1)

    assert next_at(1, after=NOW, floor=hour, chance=0.0) == NOW + hour
    assert next_at(4, after=NOW, floor=second, chance=0.0) == NOW + timedelta(hours=2)


def test_a_delivered_one_is_settled_with_its_attempt() -> None:
    settled = settlement(a_delivery(attempts=2), a_result("delivered"), chance=0.0)

    assert (settled.state, settled.attempts) == ("delivered", 3)
    assert settled.attempt is not None
    assert (settled.attempt.number, settled.attempt.seconds) == (3, 0.5)


@pytest.mark.parametrize("outcome", ["retry", "refused"])
def test_a_failure_waits_and_remembers_when_the_first_one_was(outcome: Outcome) -> None:
    earlier = NOW - timedelta(minutes=6)

    first = settlement(a_delivery(), a_result(outcome), chance=0.0)
    later = settlement(a_delivery(attempts=2, first_failed_at=earlier), a_result(outcome), chance=0.0)

    assert (first.state, first.due_at, first.first_failed_at) == ("waiting", NOW + timedelta(seconds=5), NOW)
    assert (later.state, later.due_at, later.first_failed_at) == (
        "waiting",
        NOW + timedelta(minutes=30),
        earlier,
    )


def test_gone_disables_the_endpoint_and_keeps_the_delivery_for_its_return() -> None:
    settled = settlement(a_delivery(attempts=3), a_result("gone"), chance=0.0)

    assert (settled.disables, settled.state, settled.attempts) == ("gone", "pending", 0)


def test_a_delivery_that_is_refused_to_the_end_dies_with_its_reason() -> None:
    settled = settlement(a_delivery(attempts=9), a_result("refused"), chance=0.0)

    assert (settled.state, settled.reason, settled.disables) == ("dead", "the endpoint refused", None)


def test_an_endpoint_out_of_reach_to_the_end_is_disabled_and_loses_nothing() -> None:
    delivery = a_delivery(
        attempts=9,
        first_failed_at=NOW - timedelta(hours=76),
        endpoint_delivered_at=NOW - timedelta(hours=77),
    )

    settled = settlement(delivery, a_result("retry"), chance=0.0)

    assert (settled.state, settled.attempts, settled.disables) == ("pending", 0, "unreachable")


def test_one_delivery_that_always_breaks_an_endpoint_does_not_disable_it_for_the_others() -> None:
    delivery = a_delivery(
        attempts=9,
        first_failed_at=NOW - timedelta(hours=76),
        endpoint_delivered_at=NOW - timedelta(hours=1),
    )

    settled = settlement(delivery, a_result("retry"), chance=0.0)

    assert (settled.state, settled.disables) == ("dead", None)


def test_one_that_was_not_attempted_goes_back_as_it_was() -> None:
    waited = released(a_delivery(attempts=2, due_at=NOW - timedelta(hours=1)))

    assert (waited.state, waited.attempts, waited.due_at) == ("waiting", 2, NOW - timedelta(hours=1))
    assert waited.attempt is None
    assert released(a_delivery()).state == "pending"


def test_one_that_our_own_code_fails_on_keeps_the_traceback() -> None:
    settled = quarantined(a_delivery(), at=NOW, traceback="Traceback: ...")

    assert (settled.state, settled.reason) == ("dead", "quarantined")
    assert settled.attempt is not None
    assert settled.attempt.message == "Traceback: ..."

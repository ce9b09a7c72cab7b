"""One channel per place, renewed at half its life; the old one ends when the new one is open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.inbox.watching import Steps, retry_at, steps
from syncd.store.channels import Channel
from tests.states import NOW

DAY = timedelta(days=1)
OPEN = Channel(
    id="1", connection="usage", place="1AbC", digest="now", resource="r", opened_at=NOW, expires_at=NOW + DAY
)
ASKED = replace(OPEN, opened_at=None, resource="")
NEWER = replace(OPEN, id="2", opened_at=NOW + DAY / 2, expires_at=NOW + 1.5 * DAY)


def after(time: timedelta, *kept: Channel, places: Collection[str] = ("1AbC",)) -> Steps:
    return steps(kept, places=places, is_current=lambda one: one.digest == "now", now=NOW + time)


def test_a_place_without_a_channel_gets_one() -> None:
    assert after(DAY, places=("2DeF", "1AbC")) == Steps(open=("1AbC", "2DeF"))


def test_a_channel_stays_until_half_its_life_is_over() -> None:
    assert after(DAY / 2 - timedelta(seconds=1), OPEN) == Steps()


def test_at_half_its_life_another_is_opened_beside_it() -> None:
    assert after(DAY / 2, OPEN) == Steps(open=("1AbC",))


def test_the_old_one_is_stopped_once_the_new_one_is_open() -> None:
    asked = replace(NEWER, opened_at=None)

    assert after(DAY / 2, OPEN, asked) == Steps(ask_again=(asked,))
    assert after(DAY / 2, OPEN, NEWER) == Steps(stop=(OPEN,))


def test_a_channel_that_was_asked_for_is_asked_for_again_and_no_other() -> None:
    assert after(timedelta(), ASKED) == Steps(ask_again=(ASKED,))


def test_a_channel_that_has_ended_is_forgotten_and_made_anew() -> None:
    assert after(DAY, OPEN) == Steps(open=("1AbC",), forget=(OPEN,))


def test_a_place_that_nobody_asks_for_any_more_stops_its_channel() -> None:
    assert after(timedelta(), OPEN, places=()) == Steps(stop=(OPEN,))
    assert after(timedelta(), ASKED, places=()) == Steps(forget=(ASKED,))


def test_a_channel_with_another_address_or_secret_is_replaced_before_it_is_stopped() -> None:
    before = replace(OPEN, digest="before")

    assert after(timedelta(), before) == Steps(open=("1AbC",))
    assert after(DAY / 2, before, NEWER) == Steps(stop=(before,))


def test_who_was_refused_waits() -> None:
    refused = replace(ASKED, failures=1, retry_at=NOW + timedelta(minutes=1))

    assert after(timedelta(seconds=59), refused) == Steps()
    assert after(timedelta(seconds=60), refused) == Steps(ask_again=(refused,))
    assert after(timedelta(), replace(OPEN, retry_at=refused.retry_at), places=()) == Steps()


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (7, 60), (1_000, 60)])
def test_the_wait_doubles_up_to_an_hour(failures: int, minutes: int) -> None:
    assert retry_at(failures, now=NOW) == NOW + timedelta(minutes=minutes)

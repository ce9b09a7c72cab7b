"""Which channels are to be opened, stopped and forgotten. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.store.channels import Channel

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is to be done now; none of it waits for another.

    Attributes:
        open: Places without a channel that lasts.
        ask_again: Channels whose opening was never answered, or refused.
    """

    open: tuple[str, ...] = ()
    ask_again: tuple[Channel, ...] = ()
    stop: tuple[Channel, ...] = ()
    forget: tuple[Channel, ...] = ()


def steps(
    kept: Sequence[Channel], *, places: Collection[str], is_current: Callable[[Channel], bool], now: datetime
) -> Steps:
    """What brings the channels to what is wanted: at each place one, that is renewed at half its life.

    The old one is stopped once the new one is open, so that nothing falls between them.

    Args:
        is_current: It was asked for with the address and the token that we would ask with now.
    """
    living = [one for one in kept if now < one.expires_at]
    fit = [one for one in living if one.place in places and is_current(one)]
    unfit = [one for one in living if one not in fit]
    opened = sorted((one for one in fit if one.is_open), key=lambda one: one.expires_at)
    lasting = {one.place: one for one in opened if now < half_life(one)}
    waiting = set(places) - lasting.keys()
    asked = {one.place: one for one in fit if not one.is_open and one.place in waiting}
    superseded = [one for one in fit if one.place in lasting and one != lasting[one.place]]
    # Until there is another, one with an address of before is better than none.
    leaving = [*superseded, *(one for one in unfit if one.place not in waiting)]
    return Steps(
        open=tuple(sorted(waiting - asked.keys())),
        ask_again=tuple(one for one in asked.values() if may_try(one, now)),
        stop=tuple(one for one in leaving if one.is_open and may_try(one, now)),
        # What was never opened cannot be stopped.
        forget=tuple(
            one for one in kept if one not in living or (not one.is_open and one in (*superseded, *unfit))
        ),
    )


def half_life(channel: Channel) -> datetime:
    """When an open channel is to be renewed."""
    opened_at = channel.opened_at or channel.expires_at
    return opened_at + (channel.expires_at - opened_at) / 2


def may_try(channel: Channel, now: datetime) -> bool:
    return channel.retry_at is None or channel.retry_at <= now


def retry_at(failures: int, *, now: datetime) -> datetime:
    """After so many refusals in a row: a minute, doubled each time, an hour at most."""
    return now + min(FIRST_RETRY * (1 << min(failures - 1, 10)), LONGEST_RETRY)


def digest_of(address: str, token: str) -> str:
    return hashlib.sha256(f"{address} {token}".encode()).hexdigest()

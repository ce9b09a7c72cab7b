"""Past moments of a key result: which ones there are, and what must be known of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from syncd.okr.definition import AskedQuery, Cycle, KeyResult, WindowSpec
from syncd.okr.kinds import Change, Composite, Keep, Milestones, Rate, Reach
from syncd.okr.names import QueryKey
from syncd.okr.overriding import is_by_hand
from syncd.okr.periodic import begun, is_periodic, key_of
from syncd.okr.state import KeyResultState
from syncd.okr.window import resolve
from syncd.sdk.measurement import Instants

EveryPast = Literal["week", "day"]

LAST_MINUTE: Final = time(23, 59)
"""A past value is one of the end of a day; Jira counts to the minute."""

BEGINNING: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Before anything that a source knows."""


class Untold(NamedTuple):
    """Why the past cannot be told."""

    code: str
    message: str


class PastInput(NamedTuple):
    """What an evaluation looks for under `key` is asked as `asked`."""

    key: QueryKey
    asked: AskedQuery


def past_moments(cycle: Cycle, *, every: EveryPast, since: date | None, until: datetime) -> list[datetime]:
    """The last minute of each day (or Sunday) of the cycle, from the day `since` on, before `until`."""
    moments = []
    day = max(cycle.first_day, since or cycle.first_day)
    while day <= cycle.last_day:
        at = datetime.combine(day, LAST_MINUTE, cycle.zone).astimezone(UTC)
        if at >= until:
            break
        if every == "day" or day.weekday() == 6:
            moments.append(at)
        day += timedelta(days=1)
    return moments


def untold_kind(key_result: KeyResult) -> Untold | None:
    """Why the kind of a key result has no past that inputs alone could tell."""
    kind = key_result.kind
    if isinstance(kind, Milestones | Composite):
        return Untold("kind", f"{kind.name} is made of more than what is read at one moment")
    if is_by_hand(key_result):
        return Untold("by_hand", "people set this number; nothing is read")
    if key_result.smooth is not None or (isinstance(kind, Keep) and kind.by != "latest"):
        return Untold("day_values", "it is made of the values of many days")
    if isinstance(kind, Rate) and not is_periodic(key_result):
        return Untold("collected", "its amounts are collected as time goes by, without `window: period`")
    return None


def untold_input(asked: AskedQuery) -> Untold | None:
    """Why the past of a query cannot be told; the connector's model knows what stays true."""
    window = type(asked.ask).window
    if asked.window is None and (window is None or window.by):
        return Untold("no_window", f"{asked.text}: without a window it is about now")
    because = asked.ask.past_unknown(by=asked.by)
    return None if because is None else Untold("moving", f"{asked.text}: {because}")


def inputs_at(
    key_result: KeyResult, queries: Mapping[QueryKey, AskedQuery], *, at: datetime
) -> Iterator[PastInput] | None:
    """What must be asked to know the key result at a past moment; None: a window had not begun."""
    found = []
    periods = begun(key_result, now=at) if is_periodic(key_result) else [None]
    for period in periods:
        for used in key_result.inputs:
            asked = queries[used.query]
            window = (
                _until(asked, key_result.cycle, at=at)
                if period is None
                else Instants(start=period.starts_at, end=min(period.ends_at, at))
            )
            if window.start >= window.end:
                return None
            found.append(PastInput(key_of(used, period), _over(asked, window)))
    return iter(found)


def as_defined(state: KeyResultState) -> KeyResultState:
    """The state without its number; the ends that are frozen in it stay what they are."""
    ends = {
        name: {key: fact for key, fact in frozen.items() if key != "again_after"}
        for name, frozen in (state.details or {}).items()
        if name in ("start", "target")
    }
    return replace(
        state,
        current=None,
        progress=None,
        progress_unclamped=None,
        error=None,
        origin="sync",
        as_of=None,
        last_good_at=None,
        evidence=(),
        details=ends or None,
    )


def lacks_start(key_result: KeyResult, state: KeyResultState) -> bool:
    """Whether its start is still to be captured, so that no past value is on any way yet."""
    kind = key_result.kind
    is_captured = isinstance(kind, Reach | Change) and kind.start is None and kind.start_from is None
    return is_captured and "start" not in (state.details or {})


def _until(asked: AskedQuery, cycle: Cycle, *, at: datetime) -> Instants:
    """The window as it was at that moment: nothing in it was later."""
    if asked.window is None:
        return Instants(start=BEGINNING, end=at)
    window = resolve(asked.window, cycle=asked.cycle or cycle, now=at, zone=cycle.zone)
    return Instants(start=window.start, end=min(window.end, at))


def _over(asked: AskedQuery, window: Instants) -> AskedQuery:
    """The same query over that stretch of time; equal stretches have equal keys."""
    stretch = f"{window.start.isoformat()}/{window.end.isoformat()}"
    return replace(asked, key=asked.key.whole._replace(period=stretch), window=WindowSpec(instants=window))

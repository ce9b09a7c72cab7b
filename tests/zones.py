"""Zones with odd offsets, and where their days begin: found by looking at the clock, not by arithmetic."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncd.okr.definition import Calendar, Cycle

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")  # half an hour, no summer time
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # summer time is half an hour
SANTIAGO = ZoneInfo("America/Santiago")  # clocks change at midnight: a day may begin at one
APIA = ZoneInfo("Pacific/Apia")  # left December 30, 2011 out
ZONES = [BERLIN, NEW_YORK, KOLKATA, LORD_HOWE, SANTIAGO, APIA]

CLOCK_CHANGES = [
    (BERLIN, date(2027, 3, 28), 23.0),
    (BERLIN, date(2026, 10, 25), 25.0),
    (NEW_YORK, date(2027, 3, 14), 23.0),
    (NEW_YORK, date(2026, 11, 1), 25.0),
    (LORD_HOWE, date(2026, 10, 4), 23.5),
    (LORD_HOWE, date(2027, 4, 4), 24.5),
    (SANTIAGO, date(2026, 9, 6), 23.0),
    (SANTIAGO, date(2027, 4, 3), 25.0),
    (KOLKATA, date(2026, 10, 25), 24.0),
]
"""Zone, day, and how many hours that day has."""

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """The earliest instant, in UTC, at which a clock on the wall shows this day or a later one."""
    # No zone is further east.
    at = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    while at.astimezone(zone).date() < day:
        at += timedelta(minutes=15)
    return at


def last_moment(day: date, zone: ZoneInfo) -> datetime:
    return first_moment(day + DAY, zone) - MOMENT


def a_cycle(first: date, last: date, zone: ZoneInfo) -> Cycle:
    return Cycle(name="2026-Q4", first_day=first, last_day=last, zone=zone)


def days(zone: ZoneInfo) -> Calendar:
    return Calendar(zone=zone)


def workdays(zone: ZoneInfo, *holidays: date) -> Calendar:
    return Calendar(zone=zone, count="workdays", holidays=frozenset(holidays))

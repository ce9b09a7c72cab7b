"""Wires for tests: loopback allowed, small limits, and a time that passes only by sleeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from syncd.egress.wire import Wire, WireLimits

LOOPBACK = (ip_network("127.0.0.0/8"),)
HASTY = WireLimits(deadline_s=0.5, attempt_s=0.5, attempts=1)
PATIENT = WireLimits(deadline_s=60.0, attempt_s=5.0, attempts=4)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeTime:
    """A clock that moves by `sleep` alone, and remembers every sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.now - 1_000.0)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def a_wire(
    *urls: str,
    time: FakeTime | None = None,
    limits: WireLimits = PATIENT,
    networks: Sequence[Any] = LOOPBACK,
    random: Callable[[], float] = lambda: 1.0,
    **settings: Any,
) -> Wire:
    """A wire to `urls`; without `time` it is the real one. The jitter is at its longest."""
    times = {"clock": time.clock, "wall": time.wall, "sleep": time.sleep} if time else {}
    return Wire(
        connection="tracker",
        origins=urls,
        networks=networks,
        limits=limits,
        random=random,
        **times,
        **settings,
    )

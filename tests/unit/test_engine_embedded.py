"""The embedded engine: order, coalescing, one run per key, and a loop that nothing stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from syncd.engine.embedded import EmbeddedEngine

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Time that stands still until `advance`."""

    def __init__(self) -> None:
        self.at = START
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + timedelta(seconds=seconds), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        for due, woken in self._sleepers:
            if due <= self.at and not woken.done():
                woken.set_result(None)
        await settle()

    def set_back(self, seconds: float) -> None:
        """Whoever sleeps is woken when it would have been: sleep counts what passes."""
        step = timedelta(seconds=seconds)
        self.at -= step
        self._sleepers = [(due - step, woken) for due, woken in self._sleepers]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Work:
    """A task that notes its runs; those of a key in `gates` wait until the gate is opened."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.runs: list[tuple[str, float]] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.cancelled: list[str] = []
        self.finished: list[str] = []

    async def __call__(self, key: str) -> None:
        self.runs.append((key, (self._clock.at - START).total_seconds()))
        try:
            if key in self.gates:
                await self.gates[key].wait()
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        self.finished.append(key)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.runs]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(clock: Clock) -> Work:
    return Work(clock)


@pytest.fixture
def engine(clock: Clock, work: Work) -> EmbeddedEngine:
    return build(clock, work)


async def nothing() -> None:
    pass


def build(
    clock: Clock, work: Work, *, reconcile: Callable[[], Awaitable[None]] = nothing, grace_s: float = 5
) -> EmbeddedEngine:
    return EmbeddedEngine(
        {"drain": work}, reconcile=reconcile, now=clock.now, sleep=clock.sleep, grace_s=grace_s
    )


@asynccontextmanager
async def running(engine: EmbeddedEngine) -> AsyncIterator[asyncio.Task[None]]:
    loop = asyncio.create_task(engine.run())
    await settle()
    yield loop
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_a_wake_without_a_time_runs_at_once(engine: EmbeddedEngine, work: Work) -> None:
    async with running(engine):
        engine.wake("drain", "a")
        await settle()

        assert work.runs == [("a", 0)]


async def test_a_wake_before_the_engine_runs_is_not_lost(engine: EmbeddedEngine, work: Work) -> None:
    engine.wake("drain", "a")

    async with running(engine):
        assert work.keys == ["a"]


async def test_a_delayed_wake_runs_when_its_time_has_come(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    async with running(engine):
        engine.wake("drain", "a", at=START + timedelta(seconds=5))
        await clock.advance(4.9)
        before = list(work.runs)
        await clock.advance(0.1)

    assert before == []
    assert work.runs == [("a", 5)]


async def test_a_clock_that_is_set_back_by_hours_puts_nothing_off_by_more_than_twice_its_time(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    async with running(engine):
        engine.wake("drain", "a", at=START + timedelta(seconds=20))
        await settle()
        clock.set_back(7 * 3600)
        await clock.advance(20)
        await clock.advance(20)

    assert work.keys == ["a"]


async def test_wakes_run_in_the_order_of_their_times_then_of_their_coming(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    async with running(engine):
        for key, seconds in (("late", 3), ("early", 1), ("early-too", 1), ("middle", 2)):
            engine.wake("drain", key, at=START + timedelta(seconds=seconds))
        await clock.advance(10)

    assert work.keys == ["early", "early-too", "middle", "late"]


async def test_many_wakes_of_one_key_are_one_run(engine: EmbeddedEngine, work: Work) -> None:
    async with running(engine):
        for _ in range(5):
            engine.wake("drain", "a")
        await settle()

    assert work.keys == ["a"]


async def test_an_earlier_wake_overtakes_a_waiting_later_one(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    async with running(engine):
        engine.wake("drain", "a", at=START + timedelta(seconds=20))
        engine.wake("drain", "a")
        await settle()
        await clock.advance(25)

    assert work.runs == [("a", 0)]


async def test_a_later_wake_does_not_put_off_an_earlier_one(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    async with running(engine):
        engine.wake("drain", "a", at=START + timedelta(seconds=1))
        engine.wake("drain", "a", at=START + timedelta(seconds=20))
        await clock.advance(1)
        await clock.advance(25)

    assert work.runs == [("a", 1)]


async def test_wakes_during_a_run_make_it_run_once_more_and_never_beside_itself(
    engine: EmbeddedEngine, work: Work
) -> None:
    gate = work.gates["a"] = asyncio.Event()
    async with running(engine):
        engine.wake("drain", "a")
        await settle()
        for _ in range(3):
            engine.wake("drain", "a")
        await settle()
        during = list(work.keys)
        gate.set()
        await settle()

    assert during == ["a"]
    assert work.keys == ["a", "a"]


async def test_a_delayed_wake_during_a_run_keeps_its_time(
    engine: EmbeddedEngine, work: Work, clock: Clock
) -> None:
    gate = work.gates["a"] = asyncio.Event()
    async with running(engine):
        engine.wake("drain", "a")
        await settle()
        engine.wake("drain", "a", at=START + timedelta(seconds=5))
        gate.set()
        await settle()
        at_once = list(work.runs)
        await clock.advance(5)

    assert at_once == [("a", 0)]
    assert work.runs == [("a", 0), ("a", 5)]


async def test_a_slow_key_keeps_no_other_key_waiting(engine: EmbeddedEngine, work: Work) -> None:
    work.gates["slow"] = asyncio.Event()
    async with running(engine):
        engine.wake("drain", "slow")
        engine.wake("drain", "quick")
        await settle()

        assert work.finished == ["quick"]
        work.gates["slow"].set()


async def test_a_task_that_raises_is_logged_and_stops_nothing(clock: Clock, work: Work) -> None:
    async def broken(key: str) -> None:
        raise ValueError(f"bad {key}")

    engine = EmbeddedEngine(
        {"broken": broken, "drain": work}, reconcile=nothing, now=clock.now, sleep=clock.sleep
    )
    with capture_logs() as logs:
        async with running(engine):
            engine.wake("broken", "a")
            await settle()
            engine.wake("drain", "b")
            await settle()

    assert work.keys == ["b"]
    assert [(entry["event"], entry["task"], entry["key"]) for entry in logs] == [
        ("engine.task_failed", "broken", "a")
    ]


async def test_reconcile_runs_at_the_start_and_every_thirty_seconds(clock: Clock, work: Work) -> None:
    times: list[float] = []

    async def reconcile() -> None:
        times.append((clock.at - START).total_seconds())

    async with running(build(clock, work, reconcile=reconcile)):
        await clock.advance(29)
        await clock.advance(1)
        await clock.advance(30)

    assert times == [0, 30, 60]


async def test_a_reconcile_that_fails_comes_again(clock: Clock, work: Work) -> None:
    times: list[float] = []

    async def reconcile() -> None:
        times.append((clock.at - START).total_seconds())
        raise OSError("the store is away")

    with capture_logs():
        async with running(build(clock, work, reconcile=reconcile)):
            await clock.advance(30)

    assert times == [0, 30]


async def test_what_reconcile_wakes_runs(clock: Clock, work: Work) -> None:
    async def reconcile() -> None:
        reconciling.wake("drain", "forgotten")

    reconciling = build(clock, work, reconcile=reconcile)
    async with running(reconciling):
        await settle()

    assert work.keys == ["forgotten"]


async def test_a_stop_lets_the_running_finish_and_starts_nothing_new(
    engine: EmbeddedEngine, work: Work
) -> None:
    gate = work.gates["a"] = asyncio.Event()
    async with running(engine) as loop:
        engine.wake("drain", "a")
        await settle()

        loop.cancel()
        engine.wake("drain", "b")
        await settle()
        stopped_early = loop.done()
        gate.set()
        await settle()

    assert not stopped_early
    assert loop.cancelled()
    assert work.finished == ["a"]
    assert work.keys == ["a"]


async def test_a_task_that_outlasts_the_grace_is_cancelled(clock: Clock, work: Work) -> None:
    work.gates["stuck"] = asyncio.Event()
    engine = build(clock, work, grace_s=0.01)
    async with running(engine) as loop:
        engine.wake("drain", "stuck")
        await settle()

        loop.cancel()
        await asyncio.wait({loop}, timeout=5)

    assert work.cancelled == ["stuck"]


async def test_an_unknown_task_is_refused_where_it_is_woken(engine: EmbeddedEngine) -> None:
    with pytest.raises(KeyError, match="no task is called 'drane'; there are drain, reconcile"):
        engine.wake("drane", "a")

"""Retries and waits of one connection: never longer than the deadline allows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import requests
import tenacity
from tenacity.stop import stop_base

from syncd.egress.budget import Clock, Deadline, Traffic
from syncd.egress.limits import Wall
from syncd.egress.outcome import Outcome
from syncd.errors import RateLimited, SourceUnavailable

FAULT_BACKOFF_S = 0.5
LIMIT_BACKOFF_S = 2.0  # quotas are counted per minute: half a second would only use up attempts
LONGEST_BACKOFF_S = 30.0
_NEGLIGIBLE_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Where time and chance come from."""

    clock: Clock
    wall: Wall
    sleep: Callable[[float], None]
    random: Callable[[], float]


class Patience:
    """What one request learns of a limit, the others of the connection obey, in later batches too."""

    def __init__(self, *, attempts: int, time: Time) -> None:
        self._attempts, self._time = attempts, time
        self._not_before = -math.inf

    def ask(
        self, attempt: Callable[[], Outcome], *, where: str, deadline: Deadline, traffic: Traffic
    ) -> requests.Response:
        """The answer of the first attempt that brings one.

        Raises:
            RateLimited: the wait that the source asks for does not fit the deadline, or did not help.
            SourceError: what the last attempt came to.
        """
        sleep = partial(self._sleep, traffic)

        def once() -> Outcome:
            return self._held_back(where, deadline, sleep) or attempt()

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda outcome: outcome.may_retry),
            wait=self._wait_s,
            stop=tenacity.stop_any(tenacity.stop_after_attempt(self._attempts), _StopLate(deadline)),
            sleep=sleep,
            retry_error_callback=lambda state: _given_up(_outcome(state), where, deadline),
        )
        outcome: Outcome = retrying(once)
        if outcome.response is None:
            raise outcome.error or SourceUnavailable(f"{where}: no answer")
        return outcome.response

    def _held_back(self, where: str, deadline: Deadline, sleep: Callable[[float], None]) -> Outcome | None:
        left_s = self._not_before - self._time.clock()
        if left_s < _NEGLIGIBLE_S:
            return None
        if left_s >= deadline.remaining_s():
            error = RateLimited(
                f"{where}: not asked; the source's limit ends in {left_s:.0f} s", retry_after_s=left_s
            )
            return Outcome(error=error)
        sleep(left_s)
        return None

    def _wait_s(self, state: tenacity.RetryCallState) -> float:
        outcome = _outcome(state)
        base_s = FAULT_BACKOFF_S if outcome.asked_s is None else LIMIT_BACKOFF_S
        wait_s = _backoff_s(state.attempt_number, base_s=base_s, random=self._time.random)
        if outcome.asked_s is None:
            return wait_s
        if outcome.asked_s > 0:  # not when NaN, nor for a `Retry-After: 0` that was not true before
            wait_s = outcome.asked_s
        self._not_before = max(self._not_before, self._time.clock() + wait_s)
        return wait_s

    def _sleep(self, traffic: Traffic, seconds: float) -> None:
        traffic.add(wait_s=seconds)
        self._time.sleep(seconds)


class _StopLate(stop_base):
    """Stops at once when the next wait would outlast the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        return retry_state.upcoming_sleep >= self._deadline.remaining_s()


def _backoff_s(attempt: int, *, base_s: float, random: Callable[[], float]) -> float:
    """Doubling; half of it chance, so that those who failed together do not return together."""
    return float(min(base_s * 2 ** (attempt - 1), LONGEST_BACKOFF_S)) * (0.5 + random() / 2)


def _given_up(outcome: Outcome, where: str, deadline: Deadline) -> Outcome:
    """A 503 that names its time, a time we do not have, is a limit to whoever plans the next sync."""
    asked_s = outcome.asked_s
    if asked_s is None or isinstance(outcome.error, RateLimited) or asked_s < deadline.remaining_s():
        return outcome
    if math.isnan(asked_s):
        return outcome
    return Outcome(
        error=RateLimited(f"{where}: the source asks to come back in {asked_s:.0f} s", retry_after_s=asked_s)
    )


def _outcome(state: tenacity.RetryCallState) -> Outcome:
    if state.outcome is None:
        raise RuntimeError("tenacity asks about an attempt that was not made")
    outcome: Outcome = state.outcome.result()
    return outcome

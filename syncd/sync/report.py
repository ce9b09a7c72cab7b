"""How a sync went: what its record holds, what `syncd sync --json` prints, what its exit code says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from syncd.okr.state import KeyResultState
from syncd.store.syncs import ConnectionState
from syncd.sync.measure import Answers
from syncd.sync.sight import Sight

Outcome = Literal["ok", "partial", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One finished sync.

    Attributes:
        asked: What each connection answered.
        exact: What the exact confirmations cost; not part of `asked`.
        broken: Key results in scope that carry an error now.
        events: How many events it made.
        connections: How those are now that were asked.
        endpoints: Those that something was enqueued for.
        sight: What there is to ask after it.
    """

    id: int
    started_at: datetime
    finished_at: datetime
    asked: tuple[Answers, ...]
    exact: tuple[Answers, ...]
    broken: tuple[KeyResultState, ...]
    key_results: int
    events: int
    connections: Mapping[str, ConnectionState]
    endpoints: Collection[str]
    sight: Sight

    @property
    def outcome(self) -> Outcome:
        return outcome(self.asked, self.broken)

    def record(self) -> dict[str, Any]:  # Any: JSON
        exact = {answers.connection: answers for answers in self.exact}
        return {
            "connections": {
                answers.connection: traffic(answers, exact=exact.get(answers.connection))
                for answers in self.asked
            },
            "key_results": self.key_results,
            "broken": len(self.broken),
            "events": self.events,
        }


def outcome(asked: Sequence[Answers], broken: Collection[KeyResultState]) -> Outcome:
    """`failed` when no connection that was asked works, `partial` when anything is missing."""
    if asked and all(answers.error is not None for answers in asked):
        return "failed"
    if broken or any(answers.failures for answers in asked):
        return "partial"
    return "ok"


def traffic(answers: Answers, *, exact: Answers | None = None) -> dict[str, Any]:  # Any: JSON
    """What one connection cost; `seconds` and `wait_s` in seconds, `bytes` as received."""
    row: dict[str, Any] = {
        "queries": answers.wanted,
        "distinct_queries": len(answers.answers),
        "requests": answers.requests,
        "bytes": answers.bytes,
        "not_modified": answers.not_modified,
        "seconds": round(answers.seconds, 3),
        "waits": answers.waits,
        "wait_seconds": round(answers.wait_s, 3),
        "failures": answers.failures,
    }
    if exact is not None:
        row["exact"] = {"queries": len(exact.answers), "requests": exact.requests, "failures": exact.failures}
    return row

"""Asks every connection its batch, side by side, each in a thread of its own.

A source's fault is a value here: a batch that fails stands as one error for each of its queries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from syncd.errors import ContractBroken, SourceError, SyncdError
from syncd.okr.definition import QueryKey
from syncd.sdk.measurement import Failure, Measurement
from syncd.sdk.plugin import Connector
from syncd.sync.plan import Batch

log = structlog.get_logger()


class Traffic(Protocol):
    """What the wire counted during one batch."""

    @property
    def requests(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def not_modified(self) -> int: ...
    @property
    def waits(self) -> int: ...
    @property
    def wait_s(self) -> float: ...


class Wired(Protocol):
    def batch(self) -> AbstractContextManager[Traffic]: ...


# Any: the sync passes queries through; what they ask is between mapping and connector.
Open = Callable[[str], tuple[Connector[Any], Wired]]
"""Gives a connection's connector and wire; the same ones for as long as the process lives.

Raises:
    SyncdError: the connection cannot be opened (a missing secret, say).
"""

Answered = Measurement | SyncdError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one connection answered. `answers` holds every query of the batch.

    Attributes:
        broken: What ended the whole batch; then it stands for every query.
    """

    connection: str
    wanted: int
    answers: dict[QueryKey, Answered]
    asked_at: datetime
    seconds: float
    requests: int = 0
    bytes: int = 0
    not_modified: int = 0
    waits: int = 0
    wait_s: float = 0.0
    broken: SyncdError | None = None

    @property
    def failures(self) -> dict[str, int]:
        """Error code -> number of queries."""
        counts: dict[str, int] = {}
        for answer in self.answers.values():
            if isinstance(answer, SyncdError):
                counts[answer.code] = counts.get(answer.code, 0) + 1
        return counts

    @property
    def has_approximate(self) -> bool:
        return any(isinstance(answer, Measurement) and answer.approximate for answer in self.answers.values())

    @property
    def error(self) -> SyncdError | None:
        """Why the connection does not work, if no query of it was answered.

        A source that shows what is there has answered, be it a number or not: one bad cell is no
        broken connection, also where nothing else was asked.
        """
        if self.broken is not None:
            return self.broken
        errors = [answer for answer in self.answers.values() if isinstance(answer, SyncdError)]
        if len(errors) < len(self.answers):
            return None
        return next((it for it in errors if not (isinstance(it, SourceError) and it.is_of_a_value)), None)


@dataclass(slots=True, kw_only=True)
class Progress:
    """Tells somebody who watches that a connection has answered. The default tells nobody.

    Attributes:
        expect: How many batches there will be, where that was not known before.
    """

    done: Callable[[Answers], None] = field(default=lambda answers: None)
    expect: Callable[[int], None] = field(default=lambda batches: None)


async def measure(
    batches: Sequence[Batch], open_connection: Open, *, watch: Progress | None = None
) -> list[Answers]:
    """One `Answers` per batch, in their order; raises nothing for a source's or connector's sake."""
    watch = watch or Progress()

    async def one(batch: Batch) -> Answers:
        answers = await asyncio.to_thread(measure_batch, batch, open_connection)
        watch.done(answers)
        return answers

    return list(await asyncio.gather(*(one(batch) for batch in batches)))


def measure_batch(batch: Batch, open_connection: Open) -> Answers:
    """Blocking: asks one connection."""
    started = time.monotonic()
    traffic: Traffic | None = None
    broken: SyncdError | None = None
    answers: dict[QueryKey, Answered] = {}
    try:
        connector, wire = open_connection(batch.connection)
        queries = batch.queries
        with wire.batch() as traffic:
            given = connector.measure(queries)
        answers = by_key(batch, given)
    except SyncdError as error:
        broken = error
    except Exception as error:  # the sync loop: one connector's bug must not stop the other connections
        log.exception("connector.broken", connection=batch.connection)
        broken = ContractBroken(
            f"the connector of {batch.connection!r} failed with {type(error).__name__}",
            hint="this is a defect of the connector; the log has the traceback",
        )
    if broken is not None:
        answers = dict.fromkeys((asked.key for asked in batch.asked), broken)
    return Answers(
        connection=batch.connection,
        wanted=batch.wanted,
        answers=answers,
        asked_at=batch.now,
        seconds=time.monotonic() - started,
        requests=traffic.requests if traffic else 0,
        bytes=traffic.bytes if traffic else 0,
        not_modified=traffic.not_modified if traffic else 0,
        waits=traffic.waits if traffic else 0,
        wait_s=traffic.wait_s if traffic else 0.0,
        broken=broken,
    )


def by_key(batch: Batch, given: Sequence[Measurement | Failure]) -> dict[QueryKey, Answered]:
    """The connector's answers by query, held against the contract: each query once, no other."""
    keys = {asked.key.wire: asked.key for asked in batch.asked}
    answers: dict[QueryKey, Answered] = {}
    for answer in given:
        key = keys.get(answer.key)
        if key is None:
            raise ContractBroken(f"{batch.connection!r} answered {answer.key!r}, which nobody asked")
        if key in answers:
            answers[key] = ContractBroken(f"{batch.connection!r} answered one query twice")
        else:
            answers[key] = answer.error if isinstance(answer, Failure) else answer
    for key in keys.values():
        if key not in answers:
            answers[key] = ContractBroken(f"{batch.connection!r} left a query without an answer")
    return answers

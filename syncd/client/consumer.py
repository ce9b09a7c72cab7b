"""A consumer: verify, decide, apply, remember."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic

from .decide import Effect, Outcome, decide, remember
from .event import read_event
from .store import MarksT, Store
from .verify import TOLERANCE_S, Key, verify

Apply = Callable[[Effect, MarksT], None]
"""Does what an effect says, inside the transaction that marks it as done; see `Consumer`."""


class Consumer(Generic[MarksT]):
    """Takes deliveries. Threads may share one.

    Args:
        secrets: All that count: one, or the new and the old while it is changed.
        apply: Called for each effect before it is marked, in the same transaction. What it raises
            leaves the delivery unmarked and comes out of `receive`: answer 5xx, and it is sent again.
            Without it, the caller does what `receive` returns; a crash in between loses that effect.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        secrets: Sequence[str],
        store: Store[MarksT],
        apply: Apply[MarksT] | None = None,
        clock: Callable[[], float] = time.time,
        tolerance_s: float = TOLERANCE_S,
    ) -> None:
        if isinstance(secrets, str) or not secrets:
            raise ValueError("secrets is a list of at least one secret")
        self._keys = [Key.read(secret) for secret in secrets]
        self._store, self._apply = store, apply
        self._clock, self._tolerance_s = clock, tolerance_s

    def receive(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """What one delivery came to. Any outcome is to be answered with 2xx.

        Args:
            body: The raw bytes of the request.

        Raises:
            NotTaken: Not verified, or not understood; nothing changed. Answer its `status`.
        """
        verified = verify(headers, body, keys=self._keys, now=self._clock(), tolerance_s=self._tolerance_s)
        event = read_event(body, webhook_id=verified.id)
        with self._store.transaction() as marks:
            outcome = decide(event, marks)
            if isinstance(outcome, Effect):
                if self._apply is not None:
                    self._apply(outcome, marks)
                remember(outcome, marks)
        return outcome

    def alive_until(self, instance: str) -> datetime | None:
        """Until when silence of a syncd means that nothing changed; None: it never said."""
        with self._store.transaction() as marks:
            return marks.alive_until(instance)

    def silent(self) -> list[str]:
        """The syncds that should have given a sign of life, and did not: what is known of them is old."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        with self._store.transaction() as marks:
            untils = {instance: marks.alive_until(instance) for instance in marks.instances()}
        return [instance for instance, until in untils.items() if until is not None and until < now]

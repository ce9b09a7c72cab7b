"""Puts questions to GraphQL, fifty at a time, and fewer where GitHub finds that too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.github import documents
from connectors.github.documents import Selection
from connectors.github.library import Reply
from connectors.github.replies import Found, GivenUp, NobodyNamed, Told, Unsaid, told
from syncd.sdk import MalformedResponse, RateLimited, SourceError, SourceUnavailable

QUESTIONS_PER_REQUEST = 50

# Any: GraphQL variables are JSON.
Post = Callable[[str, dict[str, Any]], Reply]
Need = tuple[Selection, ...]


class Counters:
    """One per connection: it remembers how much GitHub takes at once.

    GitHub ends a query that takes it too long with 502 or 504, or gives up on parts of it. The wire
    has asked again by then, so asking the same once more is no use; half of it is. The size stays
    for the next sync, since a batch that is too big may use up the time of the whole first one.
    """

    def __init__(self, *, post: Post, now: Callable[[], datetime], most: int = QUESTIONS_PER_REQUEST) -> None:
        self._post, self._now = post, now
        self._size = self._most = most

    def answered(self, needs: Iterable[Need]) -> Iterator[tuple[Need, Found]]:
        """Each need with what was found for it, as the requests come back.

        A question that fails costs one request more where GitHub names it; else it is cornered by
        halving.

        Args:
            needs: What one question selects, each; all different.

        Raises:
            SourceError: Nothing more can be had: of the credential, a limit, an outage.
        """
        waiting = deque(needs)
        first_size, failed_in_a_row = self._size, 0
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self._size, len(waiting)))]
            try:
                answer = self._ask(batch)
            except NobodyNamed as fault:
                failed_in_a_row += len(batch) == 1
                # One question may be too much by itself; two in a row are an outage.
                if failed_in_a_row > 1:
                    self._size = max(1, first_size // 2)
                    raise fault.error from fault
                answer = _spoilt(batch, fault.error)
            else:
                failed_in_a_row = 0
                self._size = min(self._most, _grown(self._size))
            too_much = [need for need in batch if len(batch) > 1 and _has(need, answer.found, GivenUp)]
            if too_much:
                self._size = max(1, len(batch) // 2)
            again = [need for need in batch if need in too_much or _is_unsaid(need, answer.found)]
            waiting.extendleft(reversed(again))
            for need in batch:
                if need not in again:
                    yield need, _own(need, answer.found)
            if waiting:
                _check_budget(answer.budget, self._now())

    def _ask(self, batch: Sequence[Need]) -> Told:
        selections = list(dict.fromkeys(selection for need in batch for selection in need))
        try:
            reply = self._post(*documents.document(selections))
        except (SourceUnavailable, MalformedResponse) as error:
            raise NobodyNamed(error) from error
        return told(reply, selections)


def _grown(size: int) -> int:
    return size + max(1, size // 4)


def _spoilt(batch: Sequence[Need], error: SourceError) -> Told:
    outcome = error if len(batch) == 1 else GivenUp(str(error))
    return Told(found={selection: outcome for need in batch for selection in need})


def _has(need: Need, found: Found, kind: type[SourceError]) -> bool:
    return any(isinstance(found[selection], kind) for selection in need)


def _is_unsaid(need: Need, found: Found) -> bool:
    """Whether the need lost its answer to another's error, and has none of its own."""
    return all(isinstance(found[selection], Unsaid) for selection in need)


def _own(need: Need, found: Found) -> Found:
    """What was found; where a part failed and took the rest along, that failure for all parts."""
    if not _has(need, found, Unsaid):
        return found
    blamed = next(found[selection] for selection in need if not isinstance(found[selection], Unsaid))
    return dict.fromkeys(need, blamed)


def _check_budget(budget: Any, now: datetime) -> None:
    """Stops before a request that GitHub would refuse; Enterprise has no limits and says null."""
    if not isinstance(budget, dict):
        return
    cost, remaining = budget.get("cost"), budget.get("remaining")
    if isinstance(cost, int) and isinstance(remaining, int) and remaining < cost:
        raise RateLimited(
            f"GitHub's GraphQL points are used up until {budget.get('resetAt')}",
            retry_after_s=_seconds_until(budget.get("resetAt"), now),
        )


def _seconds_until(text: Any, now: datetime) -> float | None:
    try:
        return max(0.0, (datetime.fromisoformat(text) - now).total_seconds())
    except (TypeError, ValueError):  # no text, no date, or one without a zone
        return None

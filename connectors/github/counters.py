"""Puts questions to GraphQL, fifty at a time, and fewer where GitHub finds that too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.github import documents
from connectors.github.documents import Selection
from connectors.github.library import Reply
from connectors.github.questions import Outcome
from connectors.github.refusals import graphql_error, is_too_much, refusal
from syncd.sdk import MalformedResponse, RateLimited, SourceError, SourceUnavailable, Unauthorized

QUESTIONS_PER_REQUEST = 50

# Any: GraphQL variables are JSON.
Post = Callable[[str, dict[str, Any]], Reply]
Need = tuple[Selection, ...]
Found = dict[Selection, Outcome]


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
                found, budget = _ask(batch, self._post)
            except SourceUnavailable as error:
                failed_in_a_row += len(batch) == 1
                # One question may be too much by itself; two in a row are an outage.
                if failed_in_a_row > 1:
                    self._size = max(1, first_size // 2)
                    raise
                found, budget = (
                    {selection: _GivenUp(str(error)) for need in batch for selection in need},
                    None,
                )
            else:
                failed_in_a_row = 0
                self._size = min(self._most, self._size + max(1, self._size // 4))
            too_much = [need for need in batch if len(batch) > 1 and _is_given_up(need, found)]
            if too_much:
                self._size = max(1, len(batch) // 2)
                waiting.extendleft(reversed(too_much))
            for need in batch:
                if need not in too_much:
                    yield need, found
            if waiting:
                _check_budget(budget, self._now())


class _GivenUp(SourceUnavailable):
    """GitHub did not finish this selection."""


def _is_given_up(need: Need, found: Found) -> bool:
    return any(isinstance(found[selection], _GivenUp) for selection in need)


def _ask(batch: Sequence[Need], post: Post) -> tuple[Found, Any]:
    """What one request finds, and GitHub's own word on our budget."""
    selections = list(dict.fromkeys(selection for need in batch for selection in need))
    reply = post(*documents.document(selections))
    if error := refusal(reply, about="its GraphQL API"):
        raise error
    data, errors = _opened(reply)
    by_alias = _errors_by_alias(errors)
    whole = by_alias.get(None)
    found: Found = {}
    for number, selection in enumerate(selections):
        alias = documents.alias(number)
        node = data.get(alias)
        if error := by_alias.get(alias) or (whole if node is None else None):
            found[selection] = error
        elif node is None:
            found[selection] = MalformedResponse("GitHub left out an answer without a word")
        elif _is_partial(reply) and "issueCount" in node:
            found[selection] = Unauthorized(
                "GitHub leaves out organisations that want single sign-on from its searches",
                code="sso_required",
                hint="authorise the token for single sign-on, under its settings on GitHub",
            )
        else:
            found[selection] = node
    return found, data.get("rateLimit")


def _opened(reply: Reply) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    body = reply.data if isinstance(reply.data, dict) else {}
    data, errors = body.get("data"), body.get("errors", [])
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        raise MalformedResponse("GitHub sent errors in a form that GraphQL does not have")
    if not errors and not isinstance(data, dict):
        raise MalformedResponse("GitHub answered a GraphQL query without data and without an error")
    return data if isinstance(data, dict) else {}, errors


def _errors_by_alias(errors: Sequence[dict[str, Any]]) -> dict[str | None, SourceError]:
    """The error of each alias; under None the one that stands for all that has no answer.

    Raises:
        SourceError: An error without a path that asking again, in any size, would not change.
    """
    by_alias: dict[str | None, SourceError] = {}
    for error in errors:
        path = error.get("path")
        alias = path[0] if isinstance(path, list) and path and isinstance(path[0], str) else None
        meant = graphql_error(error)
        if is_too_much(error):
            meant = _GivenUp(str(meant))
        elif isinstance(meant, RateLimited):
            raise meant
        elif alias is None:
            # No single query can be blamed: the document, the token or the server is wrong.
            raise meant if isinstance(meant, Unauthorized) else MalformedResponse(str(meant))
        by_alias.setdefault(alias, meant)
    return by_alias


def _is_partial(reply: Reply) -> bool:
    # X-GitHub-SSO: partial-results; organizations=1,2
    return reply.headers.get("x-github-sso", "").startswith("partial-results")


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

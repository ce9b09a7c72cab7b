"""What one attempt came to. Decides, and does nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import requests

from syncd.egress.body import check_json
from syncd.egress.limits import Wall, asked_wait_s, bounded
from syncd.errors import MalformedResponse, RateLimited, SourceError, SourceUnavailable, Unauthorized

RateLimit = Callable[[requests.Response], float | None]
"""A vendor's own signs of a limit; see `Plugin.rate_limit`."""

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer for the library, or an error; exactly one of them.

    Attributes:
        may_retry: Asking again may help.
        asked_s: The wait the source asked for; NaN: limited without a figure; None: not limited.
    """

    response: requests.Response | None = None
    error: SourceError | None = None
    may_retry: bool = False
    asked_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Turns a whole response into an outcome.

    401, 429, 5xx and answers that are no answers end here, alike for every vendor. Other 4xx mean
    different things to different vendors: the connector translates them.

    Attributes:
        writes: Somebody may write over this wire: 204 answers that, as it answers no question.
    """

    connection: str
    max_depth: int
    rate_limit: RateLimit | None
    wall: Wall
    writes: bool = False

    def outcome(self, response: requests.Response, *, method: str, where: str) -> Outcome:
        status = response.status_code
        if status == 401:
            return Outcome(error=self._unauthorized(where))
        if (no_answer := self._no_answer(response, method=method, where=where)) is not None:
            return no_answer
        asked_s = self._asked_s(response)
        if status >= 500 or status in TRANSIENT:
            return _unavailable(
                f"{where}: the source answered {status}", may_retry=status in TRANSIENT, asked_s=asked_s
            )
        if asked_s is not None:
            return _limited(where, status, asked_s)
        return Outcome(response=response)

    def _no_answer(self, response: requests.Response, *, method: str, where: str) -> Outcome | None:
        """What a status that promises an answer, and brings none, comes to."""
        status = response.status_code
        if status < 200:  # http.client skips 100, and takes any other interim answer for the answer
            return Outcome(error=MalformedResponse(f"{where}: {status} is no final answer"))
        if status == 204 and self.writes and method in _WRITES:
            return None
        # 204 and 205 too: whoever asked a question got no answer.
        if status >= 300 or method == "HEAD":
            return None
        if status == 202:  # PyGithub would sleep and ask again, for ever
            return _unavailable(f"{where}: the answer is not ready yet (202)", may_retry=True)
        try:
            check_json(response.content, max_depth=self.max_depth, where=where)
        except MalformedResponse as error:
            return Outcome(error=error)
        return None

    def _asked_s(self, response: requests.Response) -> float | None:
        asked_s = asked_wait_s(response.status_code, response.headers, now=self.wall())
        if self.rate_limit is not None and (asked_s is None or math.isnan(asked_s)):
            told = self.rate_limit(response)
            return asked_s if told is None else bounded(told)
        return asked_s

    def _unauthorized(self, where: str) -> Unauthorized:
        return Unauthorized(
            f"{where}: the source does not accept the credential of connection {self.connection!r} (401)",
            hint=f"renew the credential of connection {self.connection!r} in syncd.yaml's environment",
        )


def _unavailable(message: str, *, may_retry: bool, asked_s: float | None = None) -> Outcome:
    return Outcome(error=SourceUnavailable(message), may_retry=may_retry, asked_s=asked_s)


def _limited(where: str, status: int, asked_s: float) -> Outcome:
    figure = None if math.isnan(asked_s) else asked_s
    until = "" if figure is None else f"; ask again in {figure:.0f} s"
    error = RateLimited(f"{where}: over the source's limit ({status}){until}", retry_after_s=figure)
    return Outcome(error=error, may_retry=True, asked_s=asked_s)

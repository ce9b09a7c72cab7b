"""One attempt over the network: send, read everything, believe it only if it is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException

import requests
import urllib3

from syncd.egress.attempt import Attempt
from syncd.egress.body import CHUNK, read_body, too_large
from syncd.egress.budget import Clock, Deadline, Traffic, WireLimits
from syncd.egress.faults import is_stale_connection, to_source_error
from syncd.egress.outcome import Judge, Outcome
from syncd.errors import SourceError, SourceUnavailable, Unauthorized, UnsafeSource

Transmit = Callable[[requests.PreparedRequest, float], requests.Response]
"""(request, timeout of one socket operation in seconds) -> response whose body is still to be read."""


class Exchange:
    """At most `limits.concurrency` at once; a further one waits for its place."""

    def __init__(self, *, transmit: Transmit, judge: Judge, limits: WireLimits, clock: Clock) -> None:
        self._transmit, self._judge, self._limits, self._clock = transmit, judge, limits, clock
        self._places = threading.BoundedSemaphore(limits.concurrency)

    def attempt(
        self, request: requests.PreparedRequest, *, where: str, deadline: Deadline, traffic: Traffic
    ) -> Outcome:
        left_s = deadline.remaining_s()
        if left_s <= 0 or not self._places.acquire(timeout=left_s):
            return Outcome(error=SourceUnavailable(f"{where}: the batch's time is over"))
        try:
            fetched = self._fetched(request, where, deadline, traffic)
            if fetched is None:  # a kept connection, closed in our absence, says nothing about the source
                fetched = self._fetched(request, where, deadline, traffic)
        finally:
            self._places.release()
        if fetched is None:
            fetched = SourceUnavailable(f"{where}: the connection was closed without an answer")
        if isinstance(fetched, SourceError):
            return Outcome(error=fetched, may_retry=isinstance(fetched, SourceUnavailable))
        return self._judge.outcome(fetched, method=request.method or "", where=where)

    def _fetched(
        self, request: requests.PreparedRequest, where: str, deadline: Deadline, traffic: Traffic
    ) -> requests.Response | SourceError | None:
        """A whole response, what went wrong, or None: the kept connection was stale.

        The error is a value, so that it does not drag along its context: the libraries' exceptions
        quote the URL.
        """
        attempt = Attempt(Deadline(min(deadline.at, self._clock() + self._limits.attempt_s), self._clock))
        allowed_s = attempt.remaining_s()
        response = None
        fetched: requests.Response | SourceError | None
        with attempt.running():
            traffic.add(requests=1)
            try:
                response = self._transmit(request, max(allowed_s, 0.001))
                self._read(response, where, traffic)
                fetched = response
            except SourceError as error:
                fetched = error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, HTTPException) as error:
                stale = response is None and attempt.is_reused and is_stale_connection(error)
                fetched = None if stale else to_source_error(error, where=where)
            except UnicodeEncodeError:  # its message quotes the header
                fetched = Unauthorized(f"{where}: the credential has characters that HTTP cannot carry")
            if response is not None and fetched is not response:
                response.raw.close()
        if attempt.is_over and not isinstance(fetched, UnsafeSource):
            return SourceUnavailable(f"{where}: no whole answer within {allowed_s:.3g} s")
        return fetched

    def _read(self, response: requests.Response, where: str, traffic: Traffic) -> None:
        """Puts the whole, decoded body into `response`."""
        raw = response.raw
        announced = response.headers.get("Content-Length", "")
        if (
            announced.isdigit()
            and int(announced) > self._limits.max_bytes
            and response.request.method != "HEAD"
        ):
            raise too_large(where, self._limits.max_bytes)

        def received() -> Iterator[bytes]:
            for chunk in raw.stream(CHUNK, decode_content=False):
                traffic.add(received=len(chunk))
                yield chunk

        body = read_body(
            received(),
            encoding=response.headers.get("Content-Encoding", ""),
            limit=self._limits.max_bytes,
            where=where,
        )
        if not body and _ends_with_connection(response):
            raise SourceUnavailable(f"{where}: the answer broke off before its body")
        raw.release_conn()
        # requests has no public way to hand over a body that was read already.
        response._content = body
        response._content_consumed = True  # type: ignore[attr-defined]


def _ends_with_connection(response: requests.Response) -> bool:
    """Nothing announced the body's end: none at all looks like headers that were cut.

    http.client takes the end of the connection for the end of the headers, so that a cut header
    comes back as a 200 with an empty body.
    """
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    bodiless = response.request.method == "HEAD" or response.status_code == 204
    return not framed and not bodiless and not 300 <= response.status_code < 400

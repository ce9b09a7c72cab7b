"""The requests adapter under every vendor library: one request in, one whole answer out.

    guard -> remember -> ask patiently (attempt: dial, send, read, judge) -> follow redirects

It raises `SourceError`s itself. jira, PyGithub and gspread catch requests' own exceptions, and
sleep on them; these they let through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter

from syncd.egress.body import ACCEPTED_ENCODING
from syncd.egress.budget import Deadline, Traffic, WireLimits
from syncd.egress.dial import Dialler, VettedPools
from syncd.egress.exchange import Exchange
from syncd.egress.guard import Guard
from syncd.egress.memory import Memory, Remembered, memory_key
from syncd.egress.origin import Origin, where
from syncd.egress.outcome import Judge
from syncd.egress.patience import Patience, Time
from syncd.errors import MalformedResponse, SourceUnavailable, UnsafeSource

Account = Callable[[], tuple[Deadline, Traffic]]
"""The running batch's deadline and counters; fresh ones outside of a batch."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


class WireAdapter(HTTPAdapter):
    """Shared by all sessions of one connection, and by their threads."""

    def __init__(
        self,
        *,
        guard: Guard,
        dialler: Dialler,
        judge: Judge,
        limits: WireLimits,
        account: Account,
        time: Time,
        ca_bundle: str | None,
    ) -> None:
        self._guard, self._dialler, self._account = guard, dialler, account
        self._trust: str | bool = ca_bundle or True
        self._memory = Memory()
        self._patience = Patience(attempts=limits.attempts, time=time)
        self._exchange = Exchange(transmit=self._transmit, judge=judge, limits=limits, clock=time.clock)
        super().__init__(pool_maxsize=limits.concurrency, max_retries=0)

    # Any: urllib3's pool settings.
    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002  # the overridden signature
        **pool_kwargs: Any,
    ) -> None:
        self.poolmanager = VettedPools(
            dialler=self._dialler, num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs
        )

    def send(  # noqa: PLR0917  # the overridden signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # the overridden signature
        timeout: Any = None,  # Any: what the library says of time, trust and proxies is not read
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """A whole answer, its body in memory.

        Raises:
            SourceError: no answer, or one that no connector should see.
        """
        deadline, traffic = self._account()
        asked = request
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._fetch(asked, deadline, traffic)
            following = _following(asked, response)
            if following is None:
                return response
            asked = following
        raise SourceUnavailable(f"{_where(request)}: more than {_MOST_REDIRECTS} redirects in a row")

    def _fetch(
        self, request: requests.PreparedRequest, deadline: Deadline, traffic: Traffic
    ) -> requests.Response:
        refusal = self._guard.refusal(request.method or "", request.url or "")
        if refusal:
            raise refusal
        sent = request.copy()
        sent.headers["Accept-Encoding"] = ACCEPTED_ENCODING
        key = memory_key(sent.url or "", sent.headers)
        remembered = self._memory.get(key) if _is_memorable(sent) else None
        if remembered:
            sent.headers["If-None-Match"] = remembered.etag
        response = self._patience.ask(
            lambda: self._exchange.attempt(sent, where=_where(sent), deadline=deadline, traffic=traffic),
            where=_where(sent),
            deadline=deadline,
            traffic=traffic,
        )
        if remembered and response.status_code == 304:
            traffic.add(not_modified=1)
            return _restored(response, remembered)
        etag = response.headers.get("ETag")
        if etag and response.status_code == 200 and _is_memorable(request):
            self._memory.put(
                key, Remembered(etag=etag, headers=dict(response.headers), body=response.content)
            )
        return response

    def _transmit(self, request: requests.PreparedRequest, timeout_s: float) -> requests.Response:
        return super().send(request, stream=True, timeout=timeout_s, verify=self._trust)


def _is_memorable(request: requests.PreparedRequest) -> bool:
    return request.method == "GET" and "If-None-Match" not in request.headers


def _restored(response: requests.Response, remembered: Remembered) -> requests.Response:
    """The remembered answer in the place of a 304; RFC 9111, 4.3.4: newer headers win."""
    response.status_code, response.reason = 200, "OK"
    newer = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    response.headers = requests.structures.CaseInsensitiveDict({**remembered.headers})
    response.headers.update(newer)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response._content = remembered.body  # see Exchange
    return response


def _following(
    request: requests.PreparedRequest, response: requests.Response
) -> requests.PreparedRequest | None:
    """The request that a redirect asks for; the guard sees it like any other."""
    status, location = response.status_code, response.headers.get("Location")
    if not 300 <= status < 400 or (status == 304 and "If-None-Match" in request.headers):
        return None
    if status not in _REDIRECTS or not location:
        raise MalformedResponse(f"{_where(request)}: {status} is no answer to this request")
    if request.method not in ("GET", "HEAD"):
        raise UnsafeSource(
            f"{_where(request)}: the source redirects it ({status}); only a GET is followed",
            code="redirected",
            hint="set the connection's url to the source's new address",
        )
    following = request.copy()
    try:
        following.prepare_url(urljoin(request.url or "", location), None)
        stays = Origin.of(request.url or "") == Origin.of(following.url or "")
    except ValueError:  # requests' own errors of addresses among them
        raise MalformedResponse(f"{_where(request)}: a redirect to an address that is none") from None
    if not stays:
        for secret in ("Authorization", "Cookie"):
            following.headers.pop(secret, None)
    return following


def _where(request: requests.PreparedRequest) -> str:
    return where(request.method or "", request.url or "")

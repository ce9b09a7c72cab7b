"""Posts to endpoints: one vetted dial, one deadline, no redirects, no proxies, a bounded answer.

The httpx API over aiohttp's connections: httpx's own slow down as more of them are open.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Literal, Self

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from syncd.egress.addresses import ForbiddenAddressError, IPNetwork, is_inside, vet
from syncd.egress.answer import DEADLINE_S, Answer
from syncd.egress.bounded import BoundedSocket, TooMuchReceivedError
from syncd.egress.names import Names
from syncd.errors import EndpointUnavailable, UnsafeTarget, excerpt

MAX_RESPONSE_BYTES = 64 * 1024
"""Of a body."""

MAX_RECEIVED_BYTES = 2 * MAX_RESPONSE_BYTES
"""Of everything that comes over a connection: handshake, headers, framing, body."""

_ALLOW_HINT = (
    "if this endpoint is meant to be inside, list its network under `allow_networks.endpoints` in syncd.yaml"
)


class Poster:
    """A client for outgoing POSTs, to be used as an async context manager.

    Args:
        user_agent: Who we are to endpoints.
        networks: Where private addresses, and plain http, are allowed.
        deadline_s: For everything together: name, dial, handshake, request, answer. httpx's
            timeouts are per operation, and a body that drips never exceeds one.
        transport: In place of vetted dials, for tests.
        resolver: In place of the system's, for tests; its answers are vetted like any others.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        networks: Sequence[IPNetwork] = (),
        deadline_s: float = DEADLINE_S,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._deadline_s = deadline_s
        self._max_response_bytes = max_response_bytes
        mounts: dict[str, httpx.AsyncBaseTransport | None] = {}
        if transport is None:
            # Made once: it reads every certificate. A private authority comes in by SSL_CERT_FILE.
            context = httpx.create_ssl_context()
            transport = _vetted("https", networks, resolver, context)
            mounts["http://"] = _vetted("http", networks, resolver, context)
        self._client = httpx.AsyncClient(
            transport=transport,
            mounts=mounts,
            headers={
                "user-agent": user_agent,
                "accept": "*/*",
                "accept-encoding": "identity",
                "connection": "close",
            },
            # Takes no cookie from anybody: what one answer sets is nothing to the next request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=None,  # noqa: S113 - one deadline holds around everything
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to one attempt, whatever its status.

        Raises:
            UnsafeTarget: The URL, or an address behind it, is one that syncd must not dial.
            EndpointUnavailable: No answer within the deadline.
        """
        target = _checked(url)
        started = asyncio.get_running_loop().time()
        deadline = started + self._deadline_s
        request = self._client.build_request("POST", target, content=body, headers=dict(headers))
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise EndpointUnavailable(
                f"{target.host} gave no answer within {self._deadline_s:g} s", code="timeout"
            ) from error
        # ValueError: a name that is none. RuntimeError: the client was closed meanwhile.
        except (*_TRANSPORT_FAULTS, ValueError, RuntimeError) as error:
            raise _failure(target.host, error) from error
        said = await self._read(response, deadline)
        seconds = asyncio.get_running_loop().time() - started
        return Answer(status=response.status_code, headers=response.headers, body=said, seconds=seconds)

    async def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """What the body says by the deadline, up to the limit.

        The status is the answer. A body that is cut, drips or never ends changes nothing about it.
        """
        if response.is_stream_consumed:  # by a transport that hands over whole answers
            return response.content[: self._max_response_bytes]
        said = bytearray()
        with suppress(TimeoutError, *_TRANSPORT_FAULTS):
            async with asyncio.timeout_at(deadline), aclosing(response):
                async for chunk in response.aiter_raw():
                    said += chunk
                    if len(said) >= self._max_response_bytes:
                        break
        return bytes(said[: self._max_response_bytes])


# httpx-aiohttp translates most of aiohttp's errors, and lets the others through.
_TRANSPORT_FAULTS = (httpx.HTTPError, aiohttp.ClientError, OSError)


def _checked(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UnsafeTarget(f"{url!r} is not a URL") from error
    if target.scheme not in ("https", "http") or not target.host:
        raise UnsafeTarget(f"{url!r} is not an https URL")
    if target.userinfo:
        raise UnsafeTarget(f"the URL of {target.host!r} carries a user or password")
    return target


def _failure(host: str, error: BaseException) -> UnsafeTarget | EndpointUnavailable:
    """Why there is no answer: the libraries wrap what they meet, so it is looked for in the chain."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, UnsafeTarget):
            return link
        if isinstance(link, aiohttp.InvalidURL):  # 127.1, 2130706433: an address, but not as one writes it
            return UnsafeTarget(f"{host!r} is neither a name nor an address")
        if isinstance(link, TooMuchReceivedError):
            return EndpointUnavailable(f"{host} sends without end, and no answer", code="bad_answer")
        if isinstance(link, aiohttp.ClientResponseError):  # its message quotes what came
            return EndpointUnavailable(f"{host} sent what is no HTTP answer", code="bad_answer")
        link = link.__cause__ or link.__context__
    return EndpointUnavailable(f"{host}: {excerpt(str(error)) or type(error).__name__}", code="no_answer")


def _vetted(
    scheme: Literal["https", "http"],
    networks: Sequence[IPNetwork],
    resolver: AbstractResolver | None,
    context: ssl.SSLContext,
) -> AiohttpTransport:
    guard = _Guard(scheme=scheme, networks=networks)

    def session() -> aiohttp.ClientSession:  # made by the first request, since it belongs to its loop
        connector = aiohttp.TCPConnector(
            ssl=context,
            resolver=_VettedResolver(guard, resolver or Names()),
            socket_factory=guard.open,
            # A pooled connection that the peer closes as the next POST arrives loses that POST.
            force_close=True,
            limit=0,  # the senders bound themselves; one endpoint's hangs must not fill another's place
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=context, trust_env=False, client=session)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guard:
    scheme: Literal["https", "http"]
    networks: Sequence[IPNetwork]

    def check(self, host: str, addresses: Sequence[str]) -> None:
        try:
            vetted = vet(addresses, self.networks)
        except ForbiddenAddressError as error:
            raise UnsafeTarget(
                f"{host!r} leads to {error.address}, which is not a public address", hint=_ALLOW_HINT
            ) from error
        if self.scheme == "http" and not all(is_inside(address, self.networks) for address in vetted):
            raise UnsafeTarget(f"plain http to {host!r} can be read on the way", hint=_ALLOW_HINT)

    def open(self, addr_info: aiohttp.AddrInfoType) -> socket.socket:
        """The socket for one dial: the one place that every dial passes, IP literals too."""
        family, kind, protocol, _, address = addr_info
        host = str(address[0])
        if len(address) == 4 and address[3] and "%" not in host:
            host = f"{host}%{address[3]}"
        self.check(host, [host])
        return BoundedSocket(family, kind, protocol, limit=MAX_RECEIVED_BYTES)


class _VettedResolver(AbstractResolver):
    """Sees all answers for a name together, where a dial sees one: one forbidden refuses them all."""

    def __init__(self, guard: _Guard, resolver: AbstractResolver) -> None:
        self._guard, self._resolver = guard, resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        self._guard.check(host, [answer["host"] for answer in found])
        return found

    async def close(self) -> None:
        await self._resolver.close()

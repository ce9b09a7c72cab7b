"""Asks another syncd over its API: one deadline, no redirects, a bounded answer, and every refusal an error.

The key goes to the one address that was named: over TLS, or within this machine.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import httpx

from syncd.errors import ServerError, excerpt

API = "/api/v1"

CONNECT_S = 10.0
DEADLINE_S = 150.0
"""For one question, waits included: longer than `serve` takes before it gives an answer up."""

PATIENCE_S = 30.0
"""How long, of that, a server that says `Retry-After` is asked again."""

MAX_ANSWER_BYTES = 64 * 1_048_576

OWN_TEXT = 1_000
"""Characters of what a server says that a message may carry: it is our own program that speaks."""

_PROBLEM = "application/problem+json"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,60}")
_BUSY = (429, 503)

Row = dict[str, Any]  # Any: JSON


class Server:
    """A syncd that serves, to be used as an async context manager.

    Args:
        url: Where it answers; the API is below.
        key: What opens it. It is in no message.
        transport: In place of the network, for tests.

    Raises:
        ServerError: `invalid_server`; the key must not be sent there.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        user_agent: str,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        base = checked(url)
        self.name = f"{base.scheme}://{base.netloc.decode()}"
        self._sleep, self._deadline_s = sleep, deadline_s
        self._client = httpx.AsyncClient(
            base_url=str(base).rstrip("/") + API,
            headers={"authorization": f"Bearer {key}", "user-agent": user_agent},
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            follow_redirects=False,
            # A proxy is for what is elsewhere, and sees no key through a tunnel.
            trust_env=base.scheme == "https",
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: str | None) -> Row:
        """What `GET path` answers; a query of None is left out.

        Raises:
            ServerError: There is no answer, or it is a problem: then with its code and hint.
        """
        params = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, object], *, idempotency_key: str | None = None) -> Row:
        """What `POST path` answers. It may be sent again: it writes nothing, or has an `idempotency_key`.

        Raises:
            ServerError: As for `get`.
        """
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        return await self._ask("POST", path, json=body, headers=headers)

    # Any: what httpx takes to build a request.
    async def _ask(self, method: str, path: str, **parts: Any) -> Row:
        waited_s = 0.0
        try:
            async with asyncio.timeout(self._deadline_s):
                while True:
                    answer, body = await self._send(self._client.build_request(method, path, **parts))
                    wait_s = _asked_to_wait(answer)
                    if wait_s is None or waited_s + wait_s > PATIENCE_S:
                        return self._read(answer, body)
                    waited_s += wait_s
                    await self._sleep(wait_s)
        except TimeoutError as error:
            raise self._unreachable(f"no answer within {self._deadline_s:g} s") from error

    async def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        try:
            answer = await self._client.send(request, stream=True)
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise ServerError(f"{self.name} answers without end", code="not_syncd")
            await answer.aclose()
        except httpx.HTTPError as error:
            raise self._unreachable(excerpt(str(error)) or type(error).__name__) from error
        return answer, bytes(body)

    def _unreachable(self, why: str) -> ServerError:
        hint = "is `syncd serve` running there, and is that its address?"
        if "CERTIFICATE_VERIFY" in why:
            hint = "a private authority comes in by the environment variable SSL_CERT_FILE"
        return ServerError(f"{self.name}: {why}", code="server_unreachable", hint=hint)

    def _read(self, answer: httpx.Response, body: bytes) -> Row:
        if answer.is_redirect:
            elsewhere = excerpt(answer.headers.get("location", ""))
            raise ServerError(
                f"{self.name} sends on to {elsewhere!r}",
                code="server_redirects",
                hint="if you trust that address, name it with --server: the key is sent to no other",
            )
        found = _json(body)
        if answer.is_success and isinstance(found, dict):
            return found
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if kind == _PROBLEM and isinstance(found, dict):
            raise _problem(found, answer.status_code)
        raise ServerError(
            f"{self.name} answered {answer.status_code}, and not as syncd does",
            code="not_syncd",
            hint="--server is the address of `syncd serve`, without /api/v1; both are of one version?",
        )


def checked(url: str) -> httpx.URL:
    """The address, if a key may be sent there.

    Raises:
        ServerError: `invalid_server`.
    """
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        found = httpx.URL("")
    if found.scheme not in ("https", "http") or not found.host:
        raise _invalid("--server is an address like https://okrs.example.com")
    if found.userinfo or found.query or found.fragment:
        raise _invalid("--server is an address alone, without user, password, query or fragment")
    if found.scheme == "http" and not _is_here(found.host):
        raise _invalid(
            f"plain http to {found.host!r} can be read on the way, the key too",
            hint="use https, or a tunnel: `ssh -L 8080:127.0.0.1:8080 HOST`, and --server http://127.0.0.1:8080",
        )
    return found


def _invalid(message: str, *, hint: str | None = None) -> ServerError:
    return ServerError(message, code="invalid_server", hint=hint)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """Seconds; None: it does not ask for that."""
    seconds = answer.headers.get("retry-after", "")
    return float(seconds) if answer.status_code in _BUSY and seconds.isdecimal() else None


def _json(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except ValueError:
        return None
    return found


def _problem(found: Row, status: int) -> ServerError:
    """RFC 9457, as an error of ours."""
    code, detail, hint = found.get("code"), found.get("detail"), found.get("hint")
    said = excerpt(detail, OWN_TEXT) if isinstance(detail, str) else ""
    return ServerError(
        said or f"the server answered {status}",
        code=code if isinstance(code, str) and _CODE.fullmatch(code) else None,
        hint=excerpt(hint, OWN_TEXT) if isinstance(hint, str) and hint else None,
    )

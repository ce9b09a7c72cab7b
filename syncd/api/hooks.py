"""Webhooks that come in. The signature is the proof, so no key is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import structlog
from fastapi import Request, Response

from syncd.api.access import Anybody
from syncd.api.problems import Problem
from syncd.api.routes import Route, routes
from syncd.api.service import Service, Serving
from syncd.inbox.inbox import Inbox
from syncd.inbox.judge import Malformed, Refused, judge
from syncd.sdk.hooks import LARGE_BODY, SMALL_BODY

log = structlog.get_logger()


class HookRoute(Route):
    body_bytes = LARGE_BODY
    # Jira adds who did it.
    takes_any_query = True


router = routes(prefix="/hooks", tag="hooks", route_class=HookRoute)


@router.post("/{connection}", status_code=202, response_class=Response)
async def receive(connection: str, request: Request, service: Serving, caller: Anybody) -> Response:
    """A signed webhook of a connection's source: a hint that something has changed there."""
    return await _receive(connection, request, service, token=None)


@router.post("/{connection}/{token}", status_code=202, response_class=Response)
async def receive_at_token(
    connection: str, token: str, request: Request, service: Serving, caller: Anybody
) -> Response:
    """The same for a source that cannot sign: the end of the address is the proof."""
    return await _receive(connection, request, service, token=token)


async def _receive(connection: str, request: Request, service: Service, *, token: str | None) -> Response:
    if service.inbox is None:
        raise _refusal()
    body = await _body(request, large=service.inbox.large)
    await _take(service.inbox, connection, headers=dict(request.headers), body=body, token=token)
    return Response(status_code=202)


async def _take(
    inbox: Inbox, connection: str, *, headers: Mapping[str, str], body: bytes, token: str | None
) -> None:
    door = inbox.doors.get(connection)
    if len(body) > SMALL_BODY:
        # Long enough to keep others waiting.
        judged = await asyncio.to_thread(judge, door, headers=headers, body=body, token=token)
    else:
        judged = judge(door, headers=headers, body=body, token=token)
    if isinstance(judged, Refused):
        if door is not None:
            log.warning("hook.refused", connection=connection, reason=judged.reason, bytes=len(body))
        raise _refusal()
    if isinstance(judged, Malformed):
        log.warning("hook.malformed", connection=connection, error=judged.message)
        raise Problem(400, "malformed_hook", judged.message)
    if not inbox.put(judged):
        raise _busy()


async def _body(request: Request, *, large: asyncio.Semaphore) -> bytes:
    """The raw body; FastAPI has not read it, since no parameter asks for it."""
    kept = bytearray()
    async with AsyncExitStack() as held:
        async for chunk in request.stream():
            if len(kept) <= SMALL_BODY < len(kept) + len(chunk):
                if large.locked():
                    raise _busy()
                await held.enter_async_context(large)
            kept += chunk
    return bytes(kept)


def _refusal() -> Problem:
    """One answer for no such connection, one without a secret, and a wrong signature."""
    return Problem(
        404,
        "hook_refused",
        "no hook is taken here under this name and with this proof",
        hint="an operator finds more in the log: is `hook_secret` set, and the same at the source?",
    )


def _busy() -> Problem:
    return Problem(503, "too_many_hooks", "too many hooks are waiting already", headers={"Retry-After": "5"})

"""A stand-in for a vendor's API: a small stateful ASGI app over a world that others can change.

The demo, the tests and the benchmarks run the real client libraries against emulators over real
sockets. A connector's `emulator.py` gives the routes; this gives what all of them share:

    GET /_emulator/world          the whole world, as JSON
    PUT /_emulator/world          replaces it
    PATCH /_emulator/world        changes it (JSON merge patch, RFC 7396)
    PUT /_emulator/faults         [{"path": "/rest/.*", "status": 503, "times": 2, ...}]
    GET /_emulator/exchanges      what was asked and answered, newest last; secrets left out
    DELETE /_emulator/exchanges   forgets them
"""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

# Any: a world is JSON of the emulator's own design.
World = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]

KEPT_EXCHANGES = 2_000


@dataclass(slots=True, kw_only=True)
class Fault:
    """An answer given instead of the vendor's.

    Attributes:
        path: Pattern, matched from the start of the path.
        times: How often; None: until taken away.
        after: How many matching requests pass first.
    """

    path: str = "/"
    method: str | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    times: int | None = 1
    after: int = 0

    def takes(self, request: Request) -> bool:
        """Whether this request gets the fault; counts."""
        if self.times == 0 or (self.method and self.method != request.method):
            return False
        if not re.match(self.path, request.url.path):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with its answer, as conformance tests and request budgets look at it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int
    response_headers: dict[str, str]
    response_body: str


class Emulator:
    """The ASGI app. Its `world`, `faults` and `exchanges` are open to tests in the same process.

    Args:
        routes: Path -> endpoint, or (methods, endpoint); starlette's path syntax. The first match wins.
        world: The world at the start; the file named by `SYNCD_EMULATOR_WORLD` replaces it.
    """

    def __init__(
        self, *, routes: Mapping[str, Endpoint | tuple[Sequence[str], Endpoint]], world: World
    ) -> None:
        given = os.environ.get("SYNCD_EMULATOR_WORLD")
        self.world: World = json.loads(Path(given).read_text()) if given else world
        self.faults: list[Fault] = []
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        listed = [
            Route(path, what, methods=["GET"])
            if callable(what)
            else Route(path, what[1], methods=list(what[0]))
            for path, what in routes.items()
        ]
        self._vendor = Starlette(routes=listed)
        self._control = Starlette(
            routes=[
                Route("/_emulator/world", self._world, methods=["GET", "PUT", "PATCH"]),
                Route("/_emulator/faults", self._faults, methods=["PUT"]),
                Route("/_emulator/exchanges", self._exchanges, methods=["GET", "DELETE"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_emulator/"):
            await self._control(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        response = _Captured()
        fault = next((f for f in self.faults if f.takes(request)), None)
        if fault:
            await Response(fault.body, fault.status, fault.headers)(scope, receive, response)
        else:
            await self._vendor(scope, _replay(body), response)
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                headers={k: v for k, v in request.headers.items() if k not in ("authorization", "cookie")},
                body=body.decode("utf-8", "replace"),
                status=response.status,
                response_headers=response.headers,
                response_body=response.body.decode("utf-8", "replace"),
            )
        )
        for message in response.messages:
            await send(message)

    async def _world(self, request: Request) -> Response:
        if request.method == "PUT":
            self.world = await request.json()
        elif request.method == "PATCH":
            self.world = merge_patch(self.world, await request.json())
        return JSONResponse(self.world)

    async def _faults(self, request: Request) -> Response:
        self.faults = [Fault(**fault) for fault in await request.json()]
        return JSONResponse({})

    async def _exchanges(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.exchanges.clear()
        return JSONResponse([asdict(exchange) for exchange in self.exchanges])


class _Captured:
    """An ASGI `send` that keeps the answer before it goes out."""

    def __init__(self) -> None:
        self.messages: list[Any] = []  # Any: ASGI messages are untyped dicts

    async def __call__(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {k.decode("latin-1"): v.decode("latin-1") for k, v in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def _replay(body: bytes) -> Receive:
    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged

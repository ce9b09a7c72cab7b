"""The ASGI application that `syncd serve` listens with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from syncd import __version__
from syncd.api import (
    audit,
    check_ins,
    deliveries,
    endpoints,
    events,
    health,
    hooks,
    ingest,
    installation,
    key_results,
    keys,
    metrics,
    objectives,
    plans,
    problems,
    status,
    syncs,
)
from syncd.api.access import Anybody
from syncd.api.document import Json, document
from syncd.api.metrics import Meter
from syncd.api.pace import Pace
from syncd.api.routes import routes
from syncd.api.service import Service

about = routes(prefix="/api/v1", tag="about")

ROUTERS = (
    health.router,
    metrics.router,
    about,
    status.router,
    objectives.router,
    key_results.router,
    check_ins.router,
    installation.router,
    plans.router,
    syncs.router,
    events.router,
    endpoints.router,
    deliveries.router,
    audit.router,
    keys.router,
    ingest.router,
    hooks.router,
)


def application(service: Service) -> FastAPI:
    """Every route, on one installation."""
    app = FastAPI(
        title="syncd",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # They would lead to whatever host the caller names, over http behind a proxy that speaks https.
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app, _routes())
    app.add_middleware(HeadAsGet)
    app.state.service = service
    app.state.meter = Meter(since=service.clock())
    app.state.pace = Pace(per_second=service.limits.per_second, burst=service.limits.burst)
    return app


class HeadAsGet:
    """HEAD is answered as GET, and the server that listens keeps the body back: it knows what was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


@lru_cache(maxsize=1)
def openapi_document() -> Json:
    """All of this as OpenAPI 3.1."""
    return document(_routes())


def _routes() -> Sequence[BaseRoute]:
    return [route for router in ROUTERS for route in router.routes]


@about.get("/openapi.json", response_model=dict[str, object])
async def openapi(caller: Anybody) -> Response:
    """This API as an OpenAPI 3.1 document."""
    return JSONResponse(openapi_document())

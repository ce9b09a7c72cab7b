"""The ASGI application that `syncd serve` listens with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from syncd import __version__

Facts = Callable[[], Awaitable[dict[str, Any]]]  # Any: JSON


def application(facts: Facts) -> FastAPI:
    """`facts` answers what `/healthz` says beside the status; it must be quick and touch no source."""
    app = FastAPI(title="syncd", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        return {"status": "ok", "version": __version__, **await facts()}

    return app

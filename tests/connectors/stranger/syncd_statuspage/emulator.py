"""A status page for tests: {"token": "...", "page": "...", "components": {NAME: {...}}}."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from syncd.sdk.emulator import Emulator, World


def make(world: World) -> Emulator:
    async def components(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {emulator.world['token']}":
            return JSONResponse({"message": "who are you?"}, 401)
        return JSONResponse({key: emulator.world[key] for key in ("page", "components")})

    emulator = Emulator(routes={"/api/components.json": components}, world=world)
    return emulator


app = make({"token": "demo", "page": "Acme", "components": {"API": {"uptime_percent": 99.9, "incidents": 1}}})

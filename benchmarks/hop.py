"""The floor of `benchmarks.hooks`: takes a hook, asks the source, tells the consumer."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import UTC, datetime

import requests
import uvicorn
from httpx_aiohttp import HttpxAiohttpClient
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BODY = '{"type": "key_result.progressed"}'

session = requests.Session()
session.headers["Authorization"] = "Bearer t"
# One client, since making one costs more than all that it does here, and a connection for each
# delivery, as syncd has it.
client = HttpxAiohttpClient(headers={"Connection": "close"})


async def receive(request: Request) -> Response:
    await request.body()
    return Response(status_code=202, background=BackgroundTask(hop))


async def hop() -> None:
    """The same two requests that syncd makes, with the same libraries below."""
    answer = await asyncio.to_thread(
        session.post, os.environ["FLOOR_ASKS"], data=os.environ["FLOOR_QUESTION"], timeout=30
    )
    answer.raise_for_status()
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(os.environ["FLOOR_SECRET"]).sign("1", now, BODY),
    }
    told = await client.post(os.environ["FLOOR_TELLS"], content=BODY, headers=headers)
    told.raise_for_status()


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        app = Starlette(routes=[Route("/", receive, methods=["POST"])])
        config = uvicorn.Config(app, log_level="error", lifespan="off", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

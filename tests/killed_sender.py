"""Sends and never settles, for tests that kill it: `python -m tests.killed_sender STORE_URL`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from syncd.egress.addresses import to_networks
from syncd.egress.answer import Answer
from syncd.egress.http import Poster
from syncd.store.store import Store
from syncd.webhooks.drain import Outgoing, drain
from syncd.webhooks.sign import Secret
from tests.deliveries import SECRET


class ForgettingSender:
    """Posts, says so, and does not come back with the answer."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        await self._poster.post(url, body=body, headers=headers)
        print(headers["webhook-id"], flush=True)
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def main(url: str) -> None:
    poster = Poster(user_agent="syncd/0", networks=to_networks(["127.0.0.0/8"]))
    async with await Store.open(url, now=datetime.now(UTC)) as store, poster:
        out = Outgoing(
            store=store,
            sender=ForgettingSender(poster),
            secrets={"okr-store": [Secret.parse(SECRET)]},
            clock=lambda: datetime.now(UTC),
        )
        await drain(out, endpoint="okr-store")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

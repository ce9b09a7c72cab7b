"""Publishes until its files may not grow: `python -m tests.limited URL FOLDER BYTES`."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

from syncd.errors import StoreError
from syncd.store.store import Store
from tests.workers import Journal, publish_once

MOST = 2_000


async def main(url: str, folder: Path, limit: int) -> None:
    """Says the code of the error that ends it."""
    chance = random.Random(1)
    async with await Store.open(url, now=datetime.now(UTC)) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            for _ in range(MOST):
                await publish_once(store, Journal(folder / "published"), chance)
        except StoreError as error:
            print(error.code, error.hint, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))

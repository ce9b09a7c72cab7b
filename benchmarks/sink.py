"""An endpoint that costs as little as one can: `python -m benchmarks.sink`, then its port on stdout.

Reads each POST whole and answers 204. One to `/hang...` it reads and never answers. In a process of
its own, so that it takes the same from whoever is measured.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TAKEN = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
_BACKLOG = 4_096


@contextmanager
def sink() -> Iterator[str]:
    """Its base URL."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST /hang"):
            await reader.read()  # until the client gives up
        else:
            await reader.readexactly(_length(head))
            writer.write(_TAKEN)
            await writer.drain()
    writer.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


async def main() -> None:
    server = await asyncio.start_server(take, "127.0.0.1", 0, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

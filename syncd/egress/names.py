"""Names to addresses, a thread for each look-up: a name that hangs makes no other wait.

asyncio's own threads are a handful for everything, and a look-up takes no timeout: six endpoints
whose name servers are silent would keep every other endpoint from being found.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]  # Any: what the family makes of an address
LookUp = Callable[[str, int, int], Sequence[AddressInfo]]
"""(host, port, family) -> what `getaddrinfo` answers. Blocks. Raises OSError, UnicodeError."""


def look_up(host: str, port: int, family: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class Names(AbstractResolver):
    """The system's resolver. aiohttp asks once at a time for a name, however many wait for it."""

    def __init__(self, look_up: LookUp = look_up) -> None:
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of `host`, as text.

        Raises:
            OSError: there is no such name.
        """
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Sequence[AddressInfo]] = loop.create_future()

        def settle(found: Sequence[AddressInfo] | OSError) -> None:
            if answered.done():  # nobody waits any more
                return
            if isinstance(found, OSError):
                answered.set_exception(found)
            else:
                answered.set_result(found)

        def run() -> None:
            found = self._asked(host, port, family)
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=run, daemon=True, name="look-up").start()
        return [_result(host, port, *info) for info in await answered]

    async def close(self) -> None: ...

    def _asked(self, host: str, port: int, family: int) -> Sequence[AddressInfo] | OSError:
        try:
            return self._look_up(host, port, family)
        except UnicodeError:  # a label that IDNA cannot encode
            return OSError("not a host name")
        except OSError as error:
            return error


def _result(  # as getaddrinfo has them
    host: str, port: int, family: int, _: int, protocol: int, __: str, address: tuple[Any, ...]
) -> ResolveResult:
    scope = f"%{address[3]}" if len(address) == 4 and address[3] else ""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=f"{address[0]}{scope}", port=port, family=family, proto=protocol, flags=flags
    )

"""A socket that takes so many bytes from its peer, and no more.

What is counted is what comes off the network: handshake, interim answers, headers, framing, body.
A parser bounds some of these and not others: an endless row of `103 Early Hints`, empty lines or a
chunk's extension would keep it busy until the deadline.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TooMuchReceivedError(ConnectionError):
    """The peer sent more than anybody wants to read."""


class BoundedSocket(socket.socket):
    """asyncio's own event loops read through these two methods; another loop may not."""

    def __init__(self, family: int, kind: int, protocol: int, *, limit: int) -> None:
        super().__init__(family, kind, protocol)
        self._left = limit

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(self._allowed(size), flags)
        self._left -= len(data)
        return data

    def recv_into(self, buffer: WriteableBuffer, size: int = 0, flags: int = 0) -> int:
        count = super().recv_into(buffer, self._allowed(size or memoryview(buffer).nbytes), flags)
        self._left -= count
        return count

    def _allowed(self, size: int) -> int:
        if not self._left:
            raise TooMuchReceivedError("more than anybody wants to read")
        return min(size, self._left)

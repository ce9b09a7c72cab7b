"""One attempt at one request: its time, and the sockets that die with it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from syncd.egress.budget import Deadline


class Attempt:
    """Shuts the sockets it watches when its time is over.

    A socket's own timeout bounds one operation: a peer that sends a byte now and then, in the TLS
    handshake, a header or a body, is never late. Shutting the socket ends all of them; since the
    shutdown goes through a duplicate of the descriptor, TLS on top does not matter.

    Whoever reads sees an orderly end then, even a complete answer. Ask `is_over` before believing it.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self.is_over = False
        self.is_reused = False
        """The request went out on a connection that had served before."""

    def remaining_s(self) -> float:
        return self._deadline.remaining_s()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            duplicate = socket.socket(fileno=os.dup(sock.fileno()))
            self._watched.append(duplicate)
            if self.is_over:
                _shut(duplicate)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Makes this the current attempt of the thread; connections find it by `current_attempt`."""
        timer = threading.Timer(self.remaining_s(), self._end)
        timer.daemon = True
        token = _current.set(self)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            _current.reset(token)
            with self._lock:
                for duplicate in self._watched:
                    duplicate.close()
                self._watched.clear()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for duplicate in self._watched:
                _shut(duplicate)


# urllib3 makes its connections deep inside and takes no argument for them.
_current: ContextVar[Attempt] = ContextVar("current_attempt")


def current_attempt() -> Attempt:
    return _current.get()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected (any more)
        sock.shutdown(socket.SHUT_RDWR)

"""HTTP connections that bring their request in time. uvicorn has no deadline for headers of its own."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0
"""From the connection, or from the end of the answer before, to the last byte of the headers."""

MOST_WAITING = 400
"""Connections without a whole request; beyond, the one that waits longest makes room.

A client that sends its request at once is not in their number for long: a flood of idle
connections costs it nothing.
"""

ANSWER_S = 120.0
"""From the request to the last byte of the answer: who does not read it is cut off."""


def patient(
    *, headers_s: float = HEADERS_S, most_waiting: int = MOST_WAITING, answer_s: float = ANSWER_S
) -> type[asyncio.Protocol]:
    """The protocol of one server."""
    waiting: dict[H11Protocol, None] = {}

    class Patient(H11Protocol):
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
            super().connection_made(transport)
            self._wait_for_headers(headers_s)
            if len(waiting) > most_waiting:
                next(iter(waiting)).transport.abort()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self in waiting and self.cycle is not None and not self.cycle.response_complete:
                self._stop_waiting()
                self._timer = self.loop.call_later(answer_s, self.transport.abort)

        def on_response_complete(self) -> None:
            self._wait_for_headers(self.timeout_keep_alive + headers_s)
            super().on_response_complete()
            # What had come in meanwhile may have been the next request already.
            if not self.cycle.response_complete:
                self._stop_waiting()
                self._timer = self.loop.call_later(answer_s, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _wait_for_headers(self, seconds: float) -> None:
            self._stop_waiting()
            waiting[self] = None
            self._timer = self.loop.call_later(seconds, self.transport.abort)

        def _stop_waiting(self) -> None:
            waiting.pop(self, None)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Patient


def listening_options() -> dict[str, Any]:  # Any: uvicorn's options
    """What `serve` gives to uvicorn."""
    return {
        "http": patient(),
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "lifespan": "off",
        "timeout_graceful_shutdown": 5,
    }

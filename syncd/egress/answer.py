"""What an endpoint answers to one attempt. Apart from the client, which is heavy to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

DEADLINE_S = 20.0
"""For everything together: name, dial, handshake, request, answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint said. `body` is raw, and no longer than the client reads."""

    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float

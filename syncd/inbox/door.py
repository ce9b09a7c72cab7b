"""Who may send hooks to a connection."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from syncd.sdk.hooks import Hooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the hooks of one connection come in.

    Attributes:
        secrets: The newest first; two while one is replaced.
    """

    connection: str
    hooks: Hooks = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def path_token(secret: str, *, connection: str) -> str:
    """What ends the address of a hook that cannot be signed; the secret cannot be told from it."""
    made = hmac.new(secret.encode(), f"path of {connection}".encode(), hashlib.sha256)
    return made.hexdigest()

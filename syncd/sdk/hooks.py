"""How a connector takes part in webhooks that come in: is it genuine, and what can it have touched.

A hook is a hint and never a number: it makes syncd ask earlier what it would have asked anyway.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

Headers = Mapping[str, str]
"""Of a request, by their names in small letters."""

SMALL_BODY = 1_048_576
LARGE_BODY = 26_214_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What one hook says.

    Attributes:
        id: The vendor's name of this delivery, the same when it is sent again; empty: it has none,
            and equal bodies are the same delivery.
        kind: What happened, in the vendor's words.
        keys: Routing keys of what it touched; empty: nothing that can be asked; None: anything.
    """

    id: str
    kind: str
    keys: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a plugin declares about hooks. All three functions are pure and quick.

    Routing keys are texts of the connector's own making. A hint wakes a query when they have one
    in common, so a query whose borders cannot be told says a key that every hint of its sort has.

    Attributes:
        verify: Headers, raw body and the connection's secret -> whether the sender knows it.
            Compares with `hmac.compare_digest`. Called with every secret while one is replaced.
        read: Headers and raw body, verified -> the hint. Raises ValueError where the body is not
            what the vendor sends; `parse_object` does.
        touched_by: A question -> keys of what its answer depends on; None: anything may touch it.
        max_bytes: Of a body; at most 25 MiB.
        by_path: The vendor cannot always sign: a hook may also prove itself by its address,
            which then ends in a token made of the secret.
    """

    verify: Callable[[Headers, bytes, str], bool]
    read: Callable[[Headers, bytes], Hint]
    # Any: the connector's own query models.
    touched_by: Callable[[Any], Collection[str] | None]
    max_bytes: int = SMALL_BODY
    by_path: bool = False


def is_signed(body: bytes, *, signature: str, secret: str) -> bool:
    """Whether `signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the raw body."""
    expected = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    # As bytes: texts that are not ASCII cannot be compared.
    return hmac.compare_digest(expected.encode(), signature.encode())

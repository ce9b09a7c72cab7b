"""How a connector takes part in webhooks that come in: is it genuine, and what can it have touched.

A hook is a hint and never a number: it makes syncd ask earlier what it would have asked anyway.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from syncd.egress.wire import Wire

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


class Registrar(Protocol):
    """Registers hooks at a source, for `syncd hooks`. Plain blocking code.

    Every method may raise a `SourceError`: the source refuses it.
    """

    @property
    def signs(self) -> bool:
        """The source signs what it sends; else the address has to be the proof."""
        ...

    def find(self, place: str, address: str) -> str | None:
        """The source's id of the hook that is there already."""
        ...

    def put(self, place: str, *, found: str | None, address: str, secret: str) -> None:
        """Registers a hook, or brings the one that was found up to date."""
        ...

    def remove(self, place: str, found: str) -> None:
        """Takes the hook that was found away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A channel that a source has opened.

    Attributes:
        resource: The source's name of what is watched, which it takes to stop it; empty: not told.
        expires_at: Aware.
    """

    resource: str
    expires_at: datetime


class ChannelOpener(Protocol):
    """Opens and stops channels at a source. Plain blocking code.

    Both may raise a `SourceError`: the source refuses it.
    """

    def open(self, place: str, *, channel: str, address: str, token: str, until: datetime) -> Opened:
        """Lets the source send what happens at a place; one that is open already is no error.

        Args:
            channel: Our name for it, a UUID.
            address: Where to.
            token: What it shall bring along each time.
            until: When it shall end; it may end sooner.
        """
        ...

    def stop(self, channel: str, resource: str) -> None:
        """Ends a channel; one that is not there any more is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """A source that sends over channels alone, which end: syncd opens, renews and stops them.

    Attributes:
        opener: Configuration and wire -> what opens them.
        token_of: A channel and the connection's secret -> what proves its hooks.
        lasts: How long one may be open.
    """

    opener: Callable[[Any, Wire], ChannelOpener]  # Any: the connector's own configuration
    token_of: Callable[[str, str], str]
    lasts: timedelta


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
        places: Questions -> where hooks have to be registered for them, in the source's words.
        registrar: Configuration and wire -> what registers them there; None: people do.
        channels: How the source is made to send, where it takes channels instead.
        writes: (method, pattern of the path) of the requests with which it does. The wire lets
            them through for `syncd hooks`, and for channels, and nothing else.
    """

    verify: Callable[[Headers, bytes, str], bool]
    read: Callable[[Headers, bytes], Hint]
    # Any: the connector's own query models.
    touched_by: Callable[[Any], Collection[str] | None]
    max_bytes: int = SMALL_BODY
    by_path: bool = False
    places: Callable[[Sequence[Any]], Sequence[str]] = lambda asks: ()
    registrar: Callable[[Any, Wire], Registrar] | None = None
    channels: Channels | None = None
    writes: tuple[tuple[str, str], ...] = ()


def is_signed(body: bytes, *, signature: str, secret: str) -> bool:
    """Whether `signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the raw body."""
    expected = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    # As bytes: texts that are not ASCII cannot be compared.
    return hmac.compare_digest(expected.encode(), signature.encode())

"""Where an endpoint may be: looked at when it is added; the dial looks again at every attempt."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from syncd.egress.addresses import ForbiddenAddressError, IPNetwork, is_inside, vet
from syncd.errors import UnsafeTarget

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> every address, as text; none: nobody knows the name. Raises nothing."""

LONGEST_URL = 2_000
RESOLVE_S = 5.0

_PORTS = {"https": 443, "http": 80}


async def resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):  # UnicodeError: a label that IDNA cannot encode
        return ()
    return tuple(dict.fromkeys(str(address[4][0]) for address in found))


async def vet_target(url: str, *, networks: Sequence[IPNetwork], resolve: Resolve = resolve) -> None:
    """Refuses what no attempt would dial. A name that nobody knows yet is no reason.

    Args:
        networks: Where private addresses, and plain http, are allowed.

    Raises:
        UnsafeTarget: No https URL, one with user information, or one that leads inside.
    """
    host, port, is_plain = _parts(url)
    addresses = await resolve(host, port)
    hint = "if it is meant to be inside, list its network under `allow_networks.endpoints` in syncd.yaml"
    try:
        vetted = vet(addresses, networks)
    except ForbiddenAddressError as error:
        raise UnsafeTarget(
            f"{host!r} leads to {error.address}, which is not a public address", hint=hint
        ) from error
    if is_plain and not (vetted and all(is_inside(address, networks) for address in vetted)):
        raise UnsafeTarget(f"plain http to {host!r} can be read on the way", hint=hint)


def _parts(url: str) -> tuple[str, int, bool]:
    hint = "https://, a host, and a path where there is one"
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise UnsafeTarget("that is not the address of an endpoint", hint=hint)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnsafeTarget("that is not the address of an endpoint", hint=hint) from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise UnsafeTarget("that is not the address of an endpoint", hint=hint)
    # Of user information nothing is repeated: it is a secret.
    if parts.username is not None or parts.password is not None:
        raise UnsafeTarget(f"the address of {parts.hostname!r} carries a user or a password")
    if parts.fragment:
        raise UnsafeTarget("an address with a fragment (#) is none of an endpoint", hint=hint)
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "http"

"""What may be asked at all: read-only, and only of the connection's own origins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncd.egress.origin import Origin, where
from syncd.errors import ContractBroken, SourceError, UnsafeSource

_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """
    Attributes:
        origins: Everybody this connection may talk to.
        read_posts: Patterns of the paths whose POST only reads.
        writes: (method, pattern of the path) of what a person has asked for in so many words; none else.
    """

    origins: Sequence[Origin]
    read_posts: Sequence[str]
    writes: Sequence[tuple[str, str]] = ()

    def refusal(self, method: str, url: str) -> SourceError | None:
        """Why this request must not be sent; None when it may."""
        try:
            origin = Origin.of(url)
        except ValueError as error:
            return UnsafeSource(f"{where(method, url)}: {error}")
        if origin not in self.origins:
            known = ", ".join(str(known) for known in self.origins)
            return UnsafeSource(
                f"{where(method, url)}: this connection talks to {known} only",
                code="foreign_origin",
                hint="if the source has moved, set the connection's url to its new address",
            )
        path = urlsplit(url).path
        if method in _READS or (method == "POST" and any(re.fullmatch(p, path) for p in self.read_posts)):
            return None
        if any(method == allowed and re.fullmatch(pattern, path) for allowed, pattern in self.writes):
            return None
        return ContractBroken(
            f"{where(method, url)}: a connector may only read",
            hint="declare a POST that only reads in the plugin's read_posts",
        )

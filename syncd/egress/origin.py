"""Whom a wire may talk to, and how requests are named in messages: never with a query string."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a browser calls an origin (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of `url`.

        Raises:
            ValueError: not http or https, no host, a broken port, or user information.
        """
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("user information in the address")
        if parts.scheme not in _PORTS:
            raise ValueError(f"the scheme {parts.scheme!r} is neither http nor https")
        if not parts.hostname:
            raise ValueError("no host in the address")
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def where(method: str, url: str) -> str:
    """`GET https://host/path`: how messages name a request."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{method} of what is no address"
    host = parts.netloc.rpartition("@")[2]
    return f"{method} {parts.scheme}://{host}{parts.path}"

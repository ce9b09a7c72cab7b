"""What went wrong on the way, in words without a secret.

The libraries' own messages quote the whole URL, so none of them is passed on.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import RemoteDisconnected

import requests
import urllib3

from syncd.errors import SourceError, SourceUnavailable, UnsafeSource


def to_source_error(error: Exception, *, where: str) -> SourceError:
    """The error of an attempt that brought no whole answer."""
    for link in _chain(error):
        if isinstance(link, SourceError):
            return link
        if isinstance(link, ssl.SSLCertVerificationError):
            return UnsafeSource(
                f"{where}: the certificate is not trusted: {link.verify_message}",
                code="untrusted_certificate",
                hint="name the authority's certificate in the connection's `ca_bundle`, or correct its `url`",
            )
    return SourceUnavailable(f"{where}: {_words(error)}")


def is_stale_connection(error: Exception) -> bool:
    """Whether the peer had closed the connection before it saw the request."""
    return any(
        isinstance(link, RemoteDisconnected | ConnectionResetError | BrokenPipeError | ssl.SSLEOFError)
        for link in _chain(error)
    )


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the name does not resolve"),
    (ConnectionRefusedError, "the connection was refused"),
    (TimeoutError, "no whole answer in time"),
    (urllib3.exceptions.TimeoutError, "no whole answer in time"),
    (requests.Timeout, "no whole answer in time"),
    (urllib3.exceptions.IncompleteRead, "the answer is shorter than announced"),
    (urllib3.exceptions.InvalidChunkLength, "the answer is shorter than announced"),
    (RemoteDisconnected, "the connection was closed without an answer"),
    (ConnectionError, "the connection was cut"),
    (ssl.SSLError, "the TLS handshake failed"),
)


def _words(error: Exception) -> str:
    chain = tuple(_chain(error))
    for kind, words in _WORDS:
        if any(isinstance(link, kind) for link in chain):
            return words
    return f"no usable answer ({type(chain[-1]).__name__})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

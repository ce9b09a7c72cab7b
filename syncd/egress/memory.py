"""Remembers answers by ETag, so that an unchanged one costs a header instead of a body."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from syncd.egress.budget import MIB

# They change from request to request, or say nothing about the answer.
_IRRELEVANT = frozenset({"accept-encoding", "connection", "content-length", "if-none-match", "user-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    etag: str
    headers: Mapping[str, str]
    body: bytes


class Memory:
    """Least recently used first out, bounded in entries and bytes. Threads may share it."""

    def __init__(self, *, max_entries: int = 256, max_bytes: int = 16 * MIB) -> None:
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._kept: OrderedDict[bytes, Remembered] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Remembered | None:
        with self._lock:
            found = self._kept.get(key)
            if found:
                self._kept.move_to_end(key)
            return found

    def put(self, key: bytes, answer: Remembered) -> None:
        if len(answer.body) > self._max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = answer
            self._bytes += len(answer.body)
            while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        old = self._kept.pop(key, None)
        if old:
            self._bytes -= len(old.body)


def memory_key(url: str, headers: Mapping[str, str]) -> bytes:
    """Same URL, credential, Accept, API version and whatever else was sent: same key.

    A digest, so that no credential stays in memory for longer than its request.
    """
    told = sorted((name.lower(), value) for name, value in headers.items())
    lines = [url, *(f"{name}:{value}" for name, value in told if name not in _IRRELEVANT)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).digest()

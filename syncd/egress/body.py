"""An answer's body: all of it, bounded, and the JSON that it promises to be."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate

from syncd.errors import MalformedResponse, SourceUnavailable, excerpt

CHUNK = 64 * 1024
ACCEPTED_ENCODING = "gzip"

_GZIP = 16 + zlib.MAX_WBITS
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TO_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # one down, one up: -1 as a signed byte
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_EXCERPT_BYTES = 1_000


def read_body(chunks: Iterable[bytes], *, encoding: str, limit: int, where: str) -> bytes:
    """The whole body, decoded.

    Decoding is ours and goes in steps: a few kB of gzip may hold gigabytes.

    Raises:
        MalformedResponse: longer than `limit`, or an encoding that was not asked for.
        SourceUnavailable: the compressed data ends early.
    """
    body = bytearray()
    for part in _decoded(chunks, encoding=encoding.strip().lower(), where=where):
        body += part
        if len(body) > limit:
            raise too_large(where, limit)
    return bytes(body)


def too_large(where: str, limit: int) -> MalformedResponse:
    return MalformedResponse(
        f"{where}: the answer is larger than {limit} bytes",
        code="response_too_large",
        hint="ask for less: a narrower query, fewer fields, a smaller range",
    )


def _decoded(chunks: Iterable[bytes], *, encoding: str, where: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in ("gzip", "x-gzip"):
        yield from _gunzipped(chunks, where=where)
    else:
        raise MalformedResponse(f"{where}: the answer has the content encoding {excerpt(encoding)!r}")


def _gunzipped(chunks: Iterable[bytes], *, where: str) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    started = False
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if member.eof:  # RFC 1952: a gzip file is a series of members
                    member = zlib.decompressobj(_GZIP)
                started = True
                yield member.decompress(data, CHUNK)
                data = member.unused_data if member.eof else member.unconsumed_tail
        yield member.flush()
    except zlib.error:
        raise MalformedResponse(f"{where}: the answer says that it is gzip, and is not") from None
    if started and not member.eof:
        raise SourceUnavailable(f"{where}: the compressed answer ends early")


def check_json(body: bytes, *, max_depth: int, where: str) -> None:
    """That a successful answer is JSON, and nests no deeper than `max_depth`.

    Raises:
        MalformedResponse: with the start of what came instead.
    """
    try:
        json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep(where, max_depth) from None
    except ValueError:  # also: not UTF-8, a number of thousands of digits
        found = excerpt(body[:_EXCERPT_BYTES].decode("utf-8", "replace"))
        what = f"it begins {found!r}" if found else "it is empty"
        raise MalformedResponse(f"{where}: the answer is not JSON; {what}") from None
    if depth_exceeds(body, max_depth):
        raise _too_deep(where, max_depth)


def depth_exceeds(valid_json: bytes, limit: int) -> bool:
    """Whether valid JSON nests deeper than `limit`. Linear, and without a Python step per character."""
    steps = _STRINGS.sub(b"", valid_json).translate(_TO_STEPS, _NO_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > limit


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _too_deep(where: str, max_depth: int) -> MalformedResponse:
    return MalformedResponse(f"{where}: the answer nests deeper than {max_depth} levels")

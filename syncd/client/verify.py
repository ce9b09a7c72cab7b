"""Signature and time of a delivery: Standard Webhooks 1.0, `v1`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .errors import BadSecret, BadSignature, BadTimestamp, MissingHeader, TooNew, TooOld

TOLERANCE_S = 300.0
"""How far the clocks of sender and receiver may be apart, either way."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_PREFIX = "whsec_"
_LONGEST_TIMESTAMP = 12  # digits; more would be no time that anybody means


@dataclass(frozen=True, slots=True)
class Key:
    """A secret, read. It never shows itself."""

    material: bytes = field(repr=False)

    @classmethod
    def read(cls, secret: str) -> Key:
        """`whsec_` and base64 of 24 to 64 bytes, as syncd's operator handed it over.

        Raises:
            BadSecret: It is not one. The message does not repeat it.
        """
        encoded = secret.strip()  # a file that holds it ends with a newline
        if not encoded.startswith(_PREFIX):
            raise BadSecret(f"a webhook secret begins with {_PREFIX!r}; this one does not")
        encoded = encoded.removeprefix(_PREFIX)
        try:
            # Some tools write base64 without its padding.
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except ValueError:
            raise BadSecret(f"what follows {_PREFIX!r} in a webhook secret is not base64") from None
        if not 24 <= len(key) <= 64:
            raise BadSecret(f"a webhook secret holds 24 to 64 bytes; this one holds {len(key)}")
        return cls(key)

    def signature(self, signed: bytes) -> bytes:
        return b"v1," + binascii.b2a_base64(hmac.digest(self.material, signed, hashlib.sha256), newline=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the headers say, now that it is known to be true.

    Attributes:
        id: Names the delivery; the same over all attempts.
        at: When this attempt was sent, in seconds since 1970.
    """

    id: str
    at: int


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Sequence[Key],
    now: float,
    tolerance_s: float = TOLERANCE_S,
) -> Verified:
    """What is known of a delivery once it is genuine.

    Args:
        headers: Whatever their case.
        body: The raw bytes, as they came: text that was decoded, or JSON that was written anew, is
            not what was signed.
        keys: All that count; two while the secret is changed.
        now: Seconds since 1970.

    Raises:
        NotVerified: MissingHeader, BadTimestamp, TooOld, TooNew or BadSignature, in this order.
        TypeError: The body is not bytes.
    """
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise TypeError("the body must be the raw bytes of the request, before any decoding or parsing")
    found = {name.lower(): text for name, text in headers.items()}
    for name in (ID, TIMESTAMP, SIGNATURE):
        if not found.get(name):
            raise MissingHeader(f"the header {name!r} is missing or empty")
    at = _seconds(found[TIMESTAMP])
    if at < now - tolerance_s:
        raise TooOld(f"it was sent {now - at:.0f} s ago; {tolerance_s:.0f} s are allowed")
    if at > now + tolerance_s:
        raise TooNew(f"it was sent {at - now:.0f} s ahead of this clock; {tolerance_s:.0f} s are allowed")
    signed = f"{found[ID]}.{found[TIMESTAMP]}.".encode("utf-8", "replace") + bytes(body)
    if not _is_signed(signed, found[SIGNATURE], keys):
        raise BadSignature(f"no 'v1' signature in {SIGNATURE!r} is by a secret that this consumer knows")
    return Verified(id=found[ID], at=at)


def _seconds(text: str) -> int:
    # int() would also take signs, spaces, underscores and the digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP):
        raise BadTimestamp(f"the header {TIMESTAMP!r} is not a whole number of seconds since 1970")
    return int(text)


def _is_signed(signed: bytes, header: str, keys: Sequence[Key]) -> bool:
    """Every signature is compared with every key, so that the time tells nothing about either."""
    given = [text.encode("utf-8", "replace") for text in header.split(" ")]
    expected = [key.signature(signed) for key in keys]
    return any([hmac.compare_digest(one, other) for one in given for other in expected])  # noqa: C419 - all

"""Standard Webhooks signatures, version 1: HMAC-SHA256 over id, time and the stored bytes.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from syncd.errors import SettingsError

_PREFIX = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64


@dataclass(frozen=True, slots=True)
class Secret:
    """The key that syncd shares with one endpoint; it never shows itself."""

    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A secret as both sides write it: `whsec_` and base64 of 24 to 64 bytes.

        Raises:
            SettingsError: It is not one. The message does not repeat it.
        """
        if not text.startswith(_PREFIX):
            raise _bad_secret(f"it does not begin with {_PREFIX!r}")
        encoded = text.removeprefix(_PREFIX)
        try:
            # Some tools write base64 without its padding.
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise _bad_secret(f"what follows {_PREFIX!r} is not base64") from None
        if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
            raise _bad_secret(f"it holds {len(key)} bytes, not {_LEAST_BYTES} to {_MOST_BYTES}")
        return cls(key)


def signed_headers(
    secrets: Sequence[Secret], *, webhook_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The headers of one attempt. Several secrets, while one is rotated, give several signatures."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, webhook_id=webhook_id, timestamp=timestamp, body=body) for secret in secrets
        ),
    }


def signature(secret: Secret, *, webhook_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64; `timestamp` in whole seconds since 1970."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.key, signed, hashlib.sha256)).decode()


def _bad_secret(why: str) -> SettingsError:
    return SettingsError(
        f"a webhook secret is not valid: {why}",
        code="webhook_secret",
        hint="make one with: python -c \"import base64, os; print('whsec_' + "
        'base64.b64encode(os.urandom(32)).decode())"',
    )

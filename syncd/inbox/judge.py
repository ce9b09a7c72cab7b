"""Is a hook genuine, and what does it say. Pure; takes as long for a stranger's as for a forged one."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from syncd.inbox.door import Door, path_token
from syncd.sdk.hooks import Headers, Hint, is_signed
from syncd.sdk.strict import NotStrict

Reason = Literal["unknown", "unproved", "too_large"]

_LONGEST_ID = 200
_DECOY = "nobody signs with this"
_MOST_SECRETS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A genuine hook.

    Attributes:
        hint: With an id, the vendor's own or made of the body.
        digest: SHA-256 of the body.
    """

    connection: str
    hint: Hint
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The sender is told the same whatever the reason is."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Genuine, and not what the vendor sends."""

    message: str


Judgement = Taken | Refused | Malformed


def judge(door: Door | None, *, headers: Headers, body: bytes, token: str | None) -> Judgement:
    """What is to be made of a hook.

    Args:
        door: None: there is none of that name.
        token: The end of the address, where it has one.
    """
    if door is None or len(body) > door.hooks.max_bytes:
        _work_in_vain(body)
        return Refused(reason="unknown" if door is None else "too_large")
    if not _is_genuine(door, headers=headers, body=body, token=token):
        return Refused(reason="unproved")
    try:
        hint = door.hooks.read(headers, body)
    except NotStrict as error:
        return Malformed(message=str(error))
    except ValueError:
        # A connector's own error may quote the body.
        return Malformed(message="the body is not what this source sends")
    digest = hashlib.sha256(body).hexdigest()
    is_named = 0 < len(hint.id) <= _LONGEST_ID
    named = hint if is_named else Hint(id=f"sha256:{digest}", kind=hint.kind, keys=hint.keys)
    return Taken(connection=door.connection, hint=named, digest=digest)


def _is_genuine(door: Door, *, headers: Headers, body: bytes, token: str | None) -> bool:
    # Every secret is tried, and always the same number of them, whichever of them fits.
    secrets = [*door.secrets, *[_DECOY] * (_MOST_SECRETS - len(door.secrets))]
    proved = [
        # Not `and`: both are looked at, so that time does not tell which of them fitted.
        _is_proved(door, headers=headers, body=body, secret=secret, token=token) & (secret is not _DECOY)
        for secret in secrets
    ]
    return any(proved)


def _is_proved(door: Door, *, headers: Headers, body: bytes, secret: str, token: str | None) -> bool:
    signed = door.hooks.verify(headers, body, secret)
    if token is None:
        return signed
    expected = path_token(secret, connection=door.connection)
    is_addressed = hmac.compare_digest(expected.encode(), token.encode())
    return is_addressed & door.hooks.by_path


def _work_in_vain(body: bytes) -> None:
    """As much as a forged hook costs, so that time does not tell which connections there are."""
    for _ in range(_MOST_SECRETS):
        is_signed(body, signature="", secret=_DECOY)

"""API keys as text: `syncd_ID_SECRET`, where the last eight digits check what stands before them.

A key that was cut or mistyped is told from a wrong one without a look into the store, and programs
that search repositories for leaked secrets find it by its shape.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Iterable
from datetime import MAXYEAR, datetime, timedelta

from syncd.errors import ConfigError, SyncdError
from syncd.store.keys import ApiKey, Scope

SCOPES: tuple[Scope, ...] = ("read", "check-in", "admin")
"""Each includes those before it."""

LIFETIME = timedelta(days=365)
"""Of a key of which nobody says when it ends."""

_ID_BYTES, _SECRET_BYTES = 6, 32
_SHAPE = re.compile(r"syncd_([0-9a-f]{12})_([0-9a-f]{64})([0-9a-f]{8})")


class KeyRefused(SyncdError):
    """The key opens nothing; `code` says why."""

    code = "key_refused"
    actor = "operator"


def mint(
    *,
    name: str,
    scope: Scope,
    teams: Iterable[str] | None,
    by: str,
    at: datetime,
    expires_at: datetime | None,
    random: Callable[[int], bytes],
) -> tuple[ApiKey, str]:
    """A new key, and its text, which nobody can tell again.

    Args:
        random: So many unpredictable bytes.

    Raises:
        ConfigError: `invalid_key`.
    """
    limited = None if teams is None else tuple(sorted(set(teams)))
    if not name.strip():
        raise ConfigError("a key has a name", code="invalid_key", hint="say what it is for")
    if limited is not None and not limited:
        raise ConfigError(
            "a key of no team sees nothing", code="invalid_key", hint="name a team, or none at all"
        )
    if scope == "admin" and limited is not None:
        raise ConfigError(
            "an admin's key is for the whole installation",
            code="invalid_key",
            hint="leave the teams out, or take the scope read or check-in",
        )
    if expires_at is not None and expires_at <= at:
        raise ConfigError("the key would have expired already", code="invalid_key", hint="name a later time")
    if expires_at is not None and expires_at.year >= MAXYEAR:
        raise ConfigError("the key would expire never", code="invalid_key", hint="name an earlier time")
    key_id = random(_ID_BYTES).hex()
    unchecked = f"syncd_{key_id}_{random(_SECRET_BYTES).hex()}"
    text = unchecked + _checksum(unchecked)
    key = ApiKey(
        id=key_id,
        name=name.strip(),
        digest=_digest(text),
        scope=scope,
        teams=limited,
        created_at=at,
        created_by=by,
        expires_at=expires_at or at + LIFETIME,
    )
    return key, text


def key_id(text: str) -> str:
    """The id of the key that `text` claims to be.

    Raises:
        KeyRefused: `key_malformed`; it is none.
    """
    match = _SHAPE.fullmatch(text)
    if match is None or _checksum(text[:-8]) != match[3]:
        raise KeyRefused(
            "this is no API key of syncd, or a part of it is missing",
            code="key_malformed",
            hint="make one with `syncd keys create`",
        )
    return match[1]


def check(text: str, key: ApiKey | None, *, now: datetime) -> ApiKey:
    """`key`, if `text` opens it now.

    Args:
        key: The recorded one of that id.

    Raises:
        KeyRefused: `key_unknown`, `key_revoked`, `key_expired`.
    """
    # Compared also when there is none: the time that it takes tells nothing.
    matches = hmac.compare_digest(_digest(text), key.digest if key else _digest(""))
    if key is None or not matches:
        raise KeyRefused("this API key is not known here", code="key_unknown")
    if key.revoked_at is not None and key.revoked_at <= now:
        raise KeyRefused("this API key was revoked", code="key_revoked", hint="ask an admin for another")
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyRefused("this API key has expired", code="key_expired", hint="ask an admin for another")
    return key


def includes(scope: Scope, needed: Scope) -> bool:
    return SCOPES.index(scope) >= SCOPES.index(needed)


def _digest(text: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"

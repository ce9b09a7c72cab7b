"""keys: who may use the API."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.errors import ConfigError
from syncd.people.keys import mint
from syncd.store.keys import ApiKey, Scope
from syncd.views.rows import moment

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new key, and its text, which is shown this once."""

    key: ApiKey
    text: str = field(repr=False)


async def create_key(
    installation: Installation,
    *,
    name: str,
    scope: Scope,
    teams: Sequence[str],
    expires_at: datetime | None,
) -> Created:
    """Makes a key and records it, with who made it.

    Args:
        teams: None at all: everybody's.

    Raises:
        ConfigError: `invalid_key`.
        StoreError: the store cannot be opened.
    """
    at = installation.clock()
    by = person()
    key, text = mint(
        name=name,
        scope=scope,
        teams=teams or None,
        by=by,
        at=at,
        expires_at=expires_at,
        random=secrets.token_bytes,
    )
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        await tx.keys.add(key)
        details = {"key": key.id, "name": key.name, "scope": key.scope, "teams": key.teams}
        await tx.audit.add(at=at, actor=by, action="create_key", details=details)
    return Created(key=key, text=text)


async def list_keys(installation: Installation) -> Sequence[ApiKey]:
    """All of them, the newest first.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return await tx.keys.all()


async def revoke_key(installation: Installation, key_id: str) -> ApiKey:
    """From now on it opens nothing, in any process.

    Raises:
        ConfigError: `unknown_key`, `key_revoked`.
        StoreError: there is no store yet.
    """
    at = installation.clock()
    async with await bootstrap.open_store(installation, create=False) as store, store.transaction() as tx:
        key = await tx.keys.get(key_id)
        if key is None:
            raise ConfigError(
                f"there is no key {key_id!r}", code="unknown_api_key", hint="`syncd keys list` shows them"
            )
        if not await tx.keys.revoke(key_id, at=at):
            raise ConfigError(f"the key {key_id} was revoked on {moment(key.revoked_at)}", code="key_revoked")
        details = {"key": key.id, "name": key.name, "scope": key.scope, "teams": key.teams}
        await tx.audit.add(at=at, actor=person(), action="revoke_key", details=details)
        return key


def key_row(key: ApiKey, *, now: datetime) -> Row:
    """A key without its secret. `state`: active, expired, revoked."""
    state = "active"
    if key.expires_at is not None and key.expires_at <= now:
        state = "expired"
    if key.revoked_at is not None:
        state = "revoked"
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "teams": None if key.teams is None else list(key.teams),
        "state": state,
        "created_at": moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "last_used_at": moment(key.last_used_at),
    }

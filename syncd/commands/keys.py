"""keys: who may use the API."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.errors import ConfigError
from syncd.people import api_keys as people
from syncd.people.acting import Act
from syncd.people.api_keys import NewKey
from syncd.store.keys import ApiKey, Scope
from syncd.views.rows import moment


async def create_key(
    installation: Installation,
    *,
    name: str,
    scope: Scope,
    teams: Sequence[str],
    expires_at: datetime | None,
) -> NewKey:
    """Makes a key and records it, with who made it.

    Args:
        teams: None at all: everybody's.

    Raises:
        ConfigError: `invalid_key`.
        StoreError: the store cannot be opened.
    """
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        return await people.create(
            tx,
            name=name,
            scope=scope,
            teams=teams or None,
            expires_at=expires_at,
            act=_act(installation),
            random=secrets.token_bytes,
        )


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
        ConfigError: `unknown_api_key`, `key_revoked`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.transaction() as tx:
        key = await people.revoke(tx, key_id, act=_act(installation))
    if key.revoked_at is not None:
        raise ConfigError(f"the key {key_id} was revoked on {moment(key.revoked_at)}", code="key_revoked")
    return key


def _act(installation: Installation) -> Act:
    return Act(by=person(), at=installation.clock())

"""An API key without its secret, as `syncd keys list --json` prints it and the API answers."""

from __future__ import annotations

from datetime import datetime

from syncd.store.keys import ApiKey
from syncd.views.rows import Row, moment


def key_row(key: ApiKey, *, now: datetime) -> Row:
    """`state`: active, expired, revoked."""
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

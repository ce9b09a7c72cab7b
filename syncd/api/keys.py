"""API keys: made, listed, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from syncd.api.access import Admin, Caller
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.api.writing import Done, IdempotencyKey, write
from syncd.people.keys import mint
from syncd.store.keys import ApiKey
from syncd.store.transaction import Transaction

router = routes(prefix="/api/v1/keys", tag="keys")


class Key(BaseModel):
    """An API key, without its secret."""

    id: str
    name: str
    scope: Literal["read", "check-in", "admin"]
    teams: list[str] | None = Field(description="Whose key results it may see; null: everybody's")
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to a minute")


class NewKey(BaseModel):
    """What a key is made from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=200, description="What it is for")
    scope: Literal["read", "check-in", "admin"]
    teams: list[str] | None = Field(default=None, min_length=1, max_length=200)
    expires_at: AwareDatetime | None = Field(default=None, strict=False, description="Default: in a year")


class MadeKey(Key):
    """A new key, with the secret that is shown this once."""

    key: str = Field(description="`syncd_...`: shown now, and never again")


class Keys(BaseModel):
    items: list[Key]


@router.get("")
async def list_keys(service: Serving, caller: Admin) -> Keys:
    """All keys, the newest first, revoked and expired ones too."""
    async with service.store.reading() as tx:
        return Keys(items=[Key(**_facts(key)) for key in await tx.keys.all()])


@router.post("", status_code=201, response_model=MadeKey)
async def create_key(
    request: Request, new: NewKey, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """A new key; its text is in this answer alone.

    A repeated `Idempotency-Key` answers without the secret: it is not kept.
    """

    async def effect(tx: Transaction) -> Done:
        key, text = mint(
            name=new.name,
            scope=new.scope,
            teams=new.teams,
            by=caller.name,
            at=service.clock(),
            expires_at=new.expires_at,
            random=service.random,
        )
        await tx.keys.add(key)
        await _audit(tx, "create_key", key=key, caller=caller, at=service.clock())
        return Done(
            body=MadeKey(**_facts(key), key=text),
            kept=Key(**_facts(key)),
            status=201,
            location=f"{router.prefix}/{key.id}",
        )

    return await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)


@router.get("/{key_id}")
async def get_key(key_id: str, service: Serving, caller: Admin) -> Key:
    """One key."""
    async with service.store.reading() as tx:
        key = await tx.keys.get(key_id)
    if key is None:
        raise not_found("there is no such key")
    return Key(**_facts(key))


@router.delete("/{key_id}", status_code=204)
async def revoke_key(
    key_id: str, request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """Revokes a key: from now on it opens nothing, in any process. Revoking it again changes nothing."""

    async def effect(tx: Transaction) -> Done:
        key = await tx.keys.get(key_id)
        if key is None:
            raise not_found("there is no such key")
        if await tx.keys.revoke(key_id, at=service.clock()):
            await _audit(tx, "revoke_key", key=key, caller=caller, at=service.clock())
        return Done(status=204)

    return await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)


def _facts(key: ApiKey) -> dict[str, object]:
    return {name: getattr(key, name) for name in Key.model_fields}


async def _audit(tx: Transaction, action: str, *, key: ApiKey, caller: Caller, at: datetime) -> None:
    await tx.audit.add(
        at=at,
        actor=caller.name,
        action=action,
        details={"key": key.id, "name": key.name, "scope": key.scope, "teams": key.teams},
    )

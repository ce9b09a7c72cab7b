"""API keys: made, listed, revoked."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from syncd.api.access import Admin
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.api.writing import AdminWrite, Done
from syncd.people import api_keys as people
from syncd.store.transaction import Transaction
from syncd.views.keys import key_row

router = routes(prefix="/api/v1/keys", tag="keys")


class Key(BaseModel):
    """An API key, without its secret."""

    id: str
    name: str
    scope: Literal["read", "check-in", "admin"]
    teams: list[str] | None = Field(description="Whose key results it may see; null: everybody's")
    state: Literal["active", "expired", "revoked"]
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None = Field(description="Exact to a minute")


class NewKey(BaseModel):
    """What a key is made from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=200, description="What it is for")
    scope: Literal["read", "check-in", "admin"]
    teams: list[str] | None = Field(
        default=None, min_length=1, max_length=200, description="Names of teams, no patterns; null: all"
    )
    expires_at: AwareDatetime | None = Field(default=None, strict=False, description="Default: in a year")


class MadeKey(Key):
    """A new key, with the secret that is shown this once."""

    key: str | None = Field(description="`syncd_...`: shown now, and never again; null when repeated")


class Keys(BaseModel):
    items: list[Key]


@router.get("")
async def list_keys(service: Serving, caller: Admin) -> Keys:
    """All keys, the newest first, revoked and expired ones too."""
    async with service.store.reading() as tx:
        found = await tx.keys.all()
    return Keys(items=[Key(**key_row(key, now=service.clock())) for key in found])


@router.post("", status_code=201, response_model=MadeKey)
async def create_key(new: NewKey, write: AdminWrite) -> Response:
    """A new key; its text is in this answer alone.

    A repeated `Idempotency-Key` answers without the secret: it is not kept.
    """

    async def effect(tx: Transaction) -> Done:
        made = await people.create(
            tx,
            name=new.name,
            scope=new.scope,
            teams=new.teams,
            expires_at=new.expires_at,
            act=write.act(),
            random=write.service.random,
        )
        row = key_row(made.key, now=write.service.clock())
        return Done(
            body=MadeKey(**row, key=made.text),
            kept=MadeKey(**row, key=None),
            status=201,
            location=f"{router.prefix}/{made.key.id}",
        )

    return await write(effect)


@router.get("/{key_id}")
async def get_key(key_id: str, service: Serving, caller: Admin) -> Key:
    """One key."""
    async with service.store.reading() as tx:
        return Key(**key_row(await people.existing(tx, key_id), now=service.clock()))


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: str, write: AdminWrite) -> Response:
    """Revokes a key: from now on it opens nothing, in any process. Revoking it again changes nothing."""

    async def effect(tx: Transaction) -> Done:
        await people.revoke(tx, key_id, act=write.act())
        return Done(status=204)

    return await write(effect)

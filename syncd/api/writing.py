"""Writes: one transaction each, and once only for one `Idempotency-Key`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from syncd.api.access import Admin, Caller, CheckInner
from syncd.api.problems import Problem
from syncd.api.service import Service, Serving
from syncd.people.acting import Act
from syncd.store.idempotency import KeptAnswer
from syncd.store.transaction import Transaction

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        description="The same key with the same request within 24 hours has one effect, and the same answer; "
        "a secret is in the first one alone, and null in the others",
    ),
]

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a write answers.

    Attributes:
        kept: What is answered when the request is repeated; None: `body`. It leaves out secrets.
        location: Where what it made is found.
    """

    body: BaseModel | None = None
    kept: BaseModel | None = None
    status: int = 200
    location: str | None = None


Effect = Callable[[Transaction], Awaitable[Done]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that writes: who sent it, and once only for its `Idempotency-Key`."""

    request: Request
    service: Service
    caller: Caller
    idempotency_key: str | None

    def act(self) -> Act:
        return Act(by=self.caller.name, at=self.service.clock())

    async def __call__(self, effect: Effect) -> Response:
        """Runs `effect` in a transaction of its own, with its answer kept in it.

        Raises:
            Problem: `idempotency_key_reused`; the key came with another request before.
            SyncdError: Whatever `effect` raises; then nothing is kept, and the key is free again.
        """
        digest = await _digest(self.request)
        caller, key = self.caller.id, self.idempotency_key
        async with self.service.store.transaction() as tx:
            if key is None:
                return _answer(_told(await effect(tx), digest))
            known = await tx.idempotency.claim(
                caller=caller, key=key, request=digest, at=self.service.clock()
            )
            if known is not None:
                return _again(known, digest)
            done = await effect(tx)
            again = _told(replace(done, body=done.kept or done.body), digest)
            await tx.idempotency.keep(again, caller=caller, key=key)
        return _answer(_told(done, digest))

    async def after(self, outside: Callable[[], Awaitable[Effect]]) -> Response:
        """The same where something outside of the store comes first, and is not done again either.

        Args:
            outside: Done in no transaction; what is to be recorded of it. A process that is killed
                behind it does it again when the request is repeated.
        """
        key = self.idempotency_key
        if key is None:
            return await self(await outside())
        async with self.service.writing.alone(self.caller.id, key):
            async with self.service.store.reading() as tx:
                known = await tx.idempotency.known(caller=self.caller.id, key=key, at=self.service.clock())
            if known is not None:
                return _again(known, await _digest(self.request))
            return await self(await outside())


def _by_an_admin(
    request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Write:
    return Write(request=request, service=service, caller=caller, idempotency_key=idempotency_key)


def _by_who_checks_in(
    request: Request, service: Serving, caller: CheckInner, idempotency_key: IdempotencyKey = None
) -> Write:
    return Write(request=request, service=service, caller=caller, idempotency_key=idempotency_key)


AdminWrite = Annotated[Write, Depends(_by_an_admin)]
CheckInWrite = Annotated[Write, Depends(_by_who_checks_in)]
"""A route's parameter: its scope, and how it writes."""


def _again(known: KeptAnswer, digest: str) -> Response:
    if known.request != digest:
        raise Problem(
            422,
            "idempotency_key_reused",
            "this Idempotency-Key came with another request before",
            hint="take a new one for each write",
        )
    return _answer(known, replayed=True)


async def _digest(request: Request) -> str:
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(asked + await request.body()).hexdigest()


def _told(done: Done, digest: str) -> KeptAnswer:
    body = b"" if done.body is None else done.body.model_dump_json().encode()
    return KeptAnswer(request=digest, status=done.status, location=done.location, body=body)


def _answer(kept: KeptAnswer, *, replayed: bool = False) -> Response:
    headers = {"Cache-Control": "no-store"}
    if kept.location is not None:
        headers["Location"] = kept.location
    if replayed:
        headers[REPLAYED] = "true"
    media_type = "application/json" if kept.body else None
    return Response(kept.body, status_code=kept.status, headers=headers, media_type=media_type)

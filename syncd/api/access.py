"""Who asks, and whether they may: each route declares the scope that it needs.

A route's parameter of the type `Reader`, `CheckInner`, `Admin` or `Anybody` is that declaration; the
application refuses to be built when one has none, or two.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from syncd.api.pace import Pace
from syncd.api.problems import Problem
from syncd.api.service import Service
from syncd.people.keys import check, includes, key_id
from syncd.store.keys import ApiKey, Scope

USE_NOTED_EVERY = timedelta(minutes=1)
_SCHEME = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a key, or nobody in particular."""

    key: ApiKey | None = None

    @property
    def id(self) -> str:
        return self.key.id if self.key else ""

    @property
    def name(self) -> str:
        """As it stands in the audit."""
        return f"key:{self.key.name}" if self.key else "anybody"

    @property
    def teams(self) -> Collection[str] | None:
        """Whose key results it may see; None: everybody's."""
        return self.key.teams if self.key else ()

    @property
    def sees_all(self) -> bool:
        return self.teams is None

    def may_see(self, team: str | None) -> bool:
        """Whether what belongs to `team` (None: the organisation) is there for this caller."""
        return self.teams is None or (team is not None and team in self.teams)


class Needs:
    """A dependency that declares a scope; the route has let the caller in before it runs."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> Caller:
        found: Caller = request.state.caller
        return found


Anybody = Annotated[Caller, Depends(Needs(None))]
Reader = Annotated[Caller, Depends(Needs("read"))]
CheckInner = Annotated[Caller, Depends(Needs("check-in"))]
Admin = Annotated[Caller, Depends(Needs("admin"))]


def needs_of(dependant: Dependant) -> list[Needs]:
    """The scopes that a route declares, however deep."""
    own = [dependant.call] if isinstance(dependant.call, Needs) else []
    return own + [found for part in dependant.dependencies for found in needs_of(part)]


async def let_in(request: Request, *, needs: Needs, service: Service, pace: Pace) -> Caller:
    """The caller, known and allowed.

    Raises:
        Problem: 401, 403 or 429.
    """
    if needs.scope is None:
        return Caller()
    key = await _known(request, service)
    wait_s = pace.wait(key.id, now=service.clock())
    if wait_s > 0:
        seconds = str(max(1, round(wait_s + 0.5)))
        raise Problem(
            429,
            "too_many_requests",
            f"this key may ask {service.limits.per_second:g} times a second",
            headers={"Retry-After": seconds},
        )
    if not includes(key.scope, needs.scope):
        raise Problem(
            403,
            "scope_too_low",
            f"this needs a key with the scope {needs.scope!r}; this one has {key.scope!r}",
            hint="an admin can make one: `syncd keys create NAME`",
        )
    return Caller(key=key)


async def _known(request: Request, service: Service) -> ApiKey:
    given = request.headers.get("authorization", "")
    if not given:
        raise Problem(
            401,
            "key_missing",
            "this needs an API key",
            hint="send it as `Authorization: Bearer syncd_...`; make one with `syncd keys create`",
            headers={"WWW-Authenticate": "Bearer"},
        )
    text = given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else ""
    now = service.clock()
    async with service.store.reading() as tx:
        # Looked up anew each time: a revoked key opens nothing from then on, in any process.
        key = check(text, await tx.keys.get(key_id(text)), now=now)
    if _is_worth_noting(key, now):
        async with service.store.transaction() as tx:
            await tx.keys.note_use(key.id, at=now)
    return key


def _is_worth_noting(key: ApiKey, now: datetime) -> bool:
    return key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY

"""What people do with API keys: make them and take them away. Both are audited."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncd.errors import ConfigError
from syncd.people.acting import Act, Random
from syncd.people.keys import mint
from syncd.store.keys import ApiKey, Scope
from syncd.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key, and its text, to be shown once."""

    key: ApiKey
    text: str = field(repr=False)


async def create(
    tx: Transaction,
    *,
    name: str,
    scope: Scope,
    teams: Iterable[str] | None,
    expires_at: datetime | None,
    act: Act,
    random: Random,
) -> NewKey:
    """
    Args:
        teams: Whose key results it may see; None: everybody's.

    Raises:
        ConfigError: `invalid_key`; there is no such team.
    """
    teams = None if teams is None else list(teams)
    if teams:
        known = {state.team for state in (await tx.states.get(via="anybody")).values() if state.team}
        check_teams(teams, known)
    key, text = mint(
        name=name, scope=scope, teams=teams, by=act.by, at=act.at, expires_at=expires_at, random=random
    )
    await tx.keys.add(key)
    await tx.audit.add(at=act.at, actor=act.by, action="create_key", details=_described(key))
    return NewKey(key=key, text=text)


def check_teams(teams: Iterable[str], known: Collection[str]) -> None:
    """Names, and no patterns: a key must not open what comes to be called so later.

    Raises:
        ConfigError: `invalid_key`; one of them has no objective and no key result, so that the key
            would open nothing.
    """
    for team in teams:
        if team not in known:
            there = ", ".join(sorted(known))
            raise ConfigError(
                f"there is no team {team!r}; a key takes names of teams, no patterns and no persons",
                code="invalid_key",
                hint=f"there is {there}" if there else "`syncd apply` the files of the teams first",
            )


async def revoke(tx: Transaction, key_id: str, *, act: Act) -> ApiKey:
    """The key as it was before: from now on it opens nothing, in any process. Again, it changes nothing.

    Raises:
        ConfigError: `unknown_api_key`.
    """
    key = await existing(tx, key_id)
    if await tx.keys.revoke(key_id, at=act.at):
        await tx.audit.add(at=act.at, actor=act.by, action="revoke_key", details=_described(key))
    return key


async def existing(tx: Transaction, key_id: str) -> ApiKey:
    """Raises ConfigError: `unknown_api_key`."""
    key = await tx.keys.get(key_id)
    if key is None:
        raise ConfigError(
            f"there is no key {key_id!r}", code="unknown_api_key", hint="`syncd keys list` shows them"
        )
    return key


def _described(key: ApiKey) -> dict[str, Any]:  # Any: JSON
    return {"key": key.id, "name": key.name, "scope": key.scope, "teams": key.teams}

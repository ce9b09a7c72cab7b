"""What people do with endpoints: add, change, rotate, pause, enable, remove, replay. Each is audited.

The secret of an endpoint is told once, to who made it, and is sealed in the same breath.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from syncd.delivery.rate import MOST_AT_A_TIME, format_rate
from syncd.delivery.subscription import INCLUDES, is_event_pattern, is_objective_pattern, is_team_pattern
from syncd.errors import ConfigError
from syncd.mappings.values import is_label
from syncd.people.acting import Act, Random
from syncd.store.endpoints import Endpoint, KeptEndpoint
from syncd.store.sealing import Keyring
from syncd.store.transaction import Transaction

SECRET_BYTES: Final = 32
OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=30)

MOST_SECRETS: Final = 4
"""That sign at the same time: each makes the headers of every delivery longer."""

REMOVED: Final = "endpoint_removed"
"""Why deliveries are dead whose endpoint a person removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A secret, to be shown once.

    Attributes:
        text: `whsec_...`
        others_until: Until when the ones before it sign too; None: there is none.
    """

    endpoint: str
    text: str = field(repr=False)
    others_until: datetime | None = None


async def add(
    tx: Transaction, endpoint: Endpoint, *, keyring: Keyring, act: Act, random: Random
) -> NewSecret:
    """Records an endpoint whose URL was vetted, and makes its secret.

    Raises:
        ConfigError: `invalid_endpoint`, `endpoint_taken`.
        SettingsError: There is no key that seals.
    """
    check(endpoint)
    text = mint(random)
    sealed = keyring.seal(text)
    if (kept := await tx.outbox.endpoints.get(endpoint.name)) is not None and kept.is_removed:
        # It lends its name; what was meant for it is not for this one.
        await tx.outbox.operating.give_up_all(endpoint.name, reason=REMOVED, at=act.at)
    key = await tx.outbox.endpoints.add(endpoint, at=act.at)
    await tx.secrets.add(key, sealed, at=act.at)
    await _note(tx, act, "add_endpoint", endpoint.name, described(endpoint))
    return NewSecret(endpoint=endpoint.name, text=text)


async def rotate(
    tx: Transaction, name: str, *, overlap: timedelta = OVERLAP, keyring: Keyring, act: Act, random: Random
) -> NewSecret:
    """Makes another secret. The ones before it sign too until the overlap ends, and are erased then.

    Raises:
        ConfigError: `unknown_endpoint`, `endpoint_of_file`, `invalid_overlap`, `too_many_secrets`.
        SettingsError: There is no key that seals.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ConfigError(
            f"secrets overlap for 0s to {LONGEST_OVERLAP.days}d", code="invalid_overlap", hint="--overlap 24h"
        )
    kept = await _of_store(tx, name, "secret", hint="write secret: [new, old] there, and restart")
    text = mint(random)
    sealed = keyring.seal(text)
    ends_at = act.at + overlap
    await tx.secrets.end(kept.id, at=ends_at)
    await tx.secrets.erase_ended(now=act.at)
    others = await tx.secrets.of(name)
    if len(others) >= MOST_SECRETS:
        raise ConfigError(
            f"{len(others)} secrets of {name!r} sign already",
            code="too_many_secrets",
            hint="wait until one has ended, or say --overlap 0s: then the new one alone signs",
        )
    await tx.secrets.add(kept.id, sealed, at=act.at)
    until = ends_at if others else None
    await _note(tx, act, "rotate_endpoint_secret", name, {"others_until": until and until.isoformat()})
    return NewSecret(endpoint=name, text=text, others_until=until)


async def change(
    tx: Transaction,
    name: str,
    anew: Callable[[Endpoint], Endpoint],
    *,
    revision: int | None = None,
    act: Act,
) -> None:
    """Describes an endpoint anew, with the secret that it has. A new URL was vetted.

    One that was disabled since nobody was there any more is enabled with a new URL.

    Args:
        anew: From what it is to what it is to be.
        revision: Of what the caller saw; None: whatever it is by now.

    Raises:
        ConfigError: `unknown_endpoint`, `endpoint_of_file`, `endpoint_changed`, `invalid_endpoint`.
    """
    await _of_store(tx, name, "description", hint="change it there, and restart")
    kept = await tx.outbox.endpoints.lock(name)
    if kept is None or (revision is not None and revision != kept.revision):
        raise ConfigError(
            f"{name!r} was changed meanwhile",
            code="endpoint_changed",
            hint="look at it again, then change it",
        )
    wanted = anew(kept.endpoint)
    check(wanted)
    if wanted == kept.endpoint:
        return
    if await tx.outbox.endpoints.change(kept, wanted):
        await tx.outbox.operating.enable(name, at=act.at)
    before, after = described(kept.endpoint), described(wanted)
    changed = {key: value for key, value in after.items() if value != before[key]}
    # Of an address no more is written down than whom it leads to; that it is another one is.
    if wanted.url != kept.endpoint.url:
        changed["host"] = after["host"]
    await _note(tx, act, "change_endpoint", name, changed)


async def remove(tx: Transaction, name: str, *, act: Act) -> int:
    """Takes an endpoint away, with its secrets. What it has open is given up, and stays listed.

    Returns:
        How many deliveries were given up.

    Raises:
        ConfigError: `unknown_endpoint`, `endpoint_of_file`.
    """
    kept = await _of_store(tx, name, "endpoint", hint="take it out there, and run `syncd apply`")
    given_up = await tx.outbox.operating.give_up_all(name, reason=REMOVED, at=act.at)
    await tx.outbox.endpoints.remove(kept.id, at=act.at)
    await tx.secrets.erase(kept.id)
    await _note(tx, act, "remove_endpoint", name, {"given_up": given_up})
    return given_up


async def pause(tx: Transaction, name: str, *, act: Act) -> None:
    """Keeps everything back from it until `resume`.

    Raises:
        ConfigError: `unknown_endpoint`.
    """
    await existing(tx, name)
    await tx.outbox.operating.pause(name, at=act.at)
    await _note(tx, act, "pause_endpoint", name)


async def resume(tx: Transaction, name: str, *, act: Act) -> None:
    """
    Raises:
        ConfigError: `unknown_endpoint`.
    """
    await existing(tx, name)
    await tx.outbox.operating.resume(name)
    await _note(tx, act, "resume_endpoint", name)


async def enable(tx: Transaction, name: str, *, act: Act) -> int:
    """Starts one that was disabled: what it has open is due at once.

    Returns:
        How many deliveries it has open.

    Raises:
        ConfigError: `unknown_endpoint`.
    """
    await existing(tx, name)
    opened = await tx.outbox.operating.enable(name, at=act.at)
    await _note(tx, act, "enable_endpoint", name, {"open": opened})
    return opened


async def replay(
    tx: Transaction,
    name: str,
    *,
    since: datetime | None = None,
    after: int | None = None,
    position: int | None = None,
    act: Act,
) -> int:
    """Sends once more what is stored since then, after an event, or behind a position of the feed.

    Returns:
        How many deliveries were made or opened again.

    Raises:
        ConfigError: `unknown_endpoint`, `invalid_replay`, `beyond_retention`.
    """
    if [since, after, position].count(None) != 2:  # of three
        raise ConfigError(
            "a replay begins at a time, or after an event",
            code="invalid_replay",
            hint="--since 2026-11-20, or --after 4711",
        )
    await existing(tx, name)
    from_event = None if after is None else after + 1
    replayed = await tx.outbox.operating.replay(
        name, at=act.at, since=since, from_event=from_event, behind=position
    )
    told = {"since": since and since.isoformat(), "after": after, "deliveries": replayed}
    if position is not None:
        told["position"] = position
    await _note(tx, act, "replay_endpoint", name, told)
    return replayed


async def note_test(tx: Transaction, name: str, *, status: int | None, act: Act) -> None:
    await _note(tx, act, "test_endpoint", name, {"status": status})


async def reseal_all(tx: Transaction, *, keyring: Keyring, act: Act) -> int:
    """Seals every secret in the store with the newest key.

    Returns:
        How many there are.

    Raises:
        SettingsError: `missing_encryption_key`; `wrong_encryption_key`: one cannot be opened.
    """
    found = await tx.secrets.all()
    await tx.secrets.replace([(one.id, keyring.reseal(one.sealed)) for one in found])
    await tx.audit.add(
        at=act.at, actor=act.by, action="rotate_encryption_key", details={"secrets": len(found)}
    )
    return len(found)


def mint(random: Random) -> str:
    """A secret as both sides write it."""
    return "whsec_" + base64.b64encode(random(SECRET_BYTES)).decode()


def check(endpoint: Endpoint) -> None:
    """What syncd.yaml's checks say of endpoints there.

    Raises:
        ConfigError: `invalid_endpoint`.
    """
    if not is_label(endpoint.name):
        raise _invalid(
            f"{endpoint.name!r} is no name for an endpoint",
            "letters, digits, dots, underscores and hyphens, at most 63",
        )
    if not endpoint.events:
        raise _invalid("an endpoint hears of something", "leave --event out for everything")
    for text in endpoint.events:
        if not is_event_pattern(text):
            raise _invalid(f"{text!r} matches no event", "*, key_result.*, key_result.progressed")
    for text in endpoint.teams:
        if not is_team_pattern(text):
            raise _invalid(f"{text!r} matches no team", "lower-case letters, digits, hyphens; * for any")
    for text in endpoint.objectives:
        if not is_objective_pattern(text):
            raise _invalid(f"{text!r} matches no objective", "team/objective; * for any")
    for text in set(endpoint.include) - set(INCLUDES):
        raise _invalid(f"{text!r} cannot be included", ", ".join(INCLUDES))
    if "individual" in endpoint.tiers and "individual" not in endpoint.include:
        raise _invalid("individuals are left out unless they are included", "--include individual")
    if not 1 <= endpoint.limits.concurrency <= MOST_AT_A_TIME:
        raise _invalid(f"1 to {MOST_AT_A_TIME} attempts at a time", f"got {endpoint.limits.concurrency}")


async def existing(tx: Transaction, name: str) -> KeptEndpoint:
    """An endpoint that was not removed.

    Raises:
        ConfigError: `unknown_endpoint`.
    """
    kept = await tx.outbox.endpoints.get(name)
    if kept is None or kept.is_removed:
        raise ConfigError(
            f"there is no endpoint {name!r}", code="unknown_endpoint", hint="`syncd endpoints` lists them"
        )
    return kept


# Any: JSON.
def described(endpoint: Endpoint) -> Mapping[str, Any]:
    """For the record: of the URL no more than whom it leads to, since people put tokens into paths."""
    parts = urlsplit(endpoint.url or "")
    return {
        "host": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        "events": list(endpoint.events),
        "include": list(endpoint.include),
        "teams": list(endpoint.teams),
        "tiers": list(endpoint.tiers),
        "objectives": list(endpoint.objectives),
        "rate": endpoint.limits.rate and format_rate(endpoint.limits.rate),
        "concurrency": endpoint.limits.concurrency,
    }


async def _of_store(tx: Transaction, name: str, what: str, *, hint: str) -> KeptEndpoint:
    kept = await existing(tx, name)
    if kept.owner == "file":
        raise ConfigError(f"the {what} of {name!r} is in syncd.yaml", code="endpoint_of_file", hint=hint)
    return kept


# Any: JSON.
async def _note(
    tx: Transaction, act: Act, action: str, name: str, more: Mapping[str, Any] | None = None
) -> None:
    await tx.audit.add(at=act.at, actor=act.by, action=action, details={"endpoint": name, **(more or {})})


def _invalid(message: str, hint: str) -> ConfigError:
    return ConfigError(message, code="invalid_endpoint", hint=hint)

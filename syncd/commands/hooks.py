"""hooks: let a source send its changes to this installation, see where it does, and let it stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from syncd.bootstrap import Installation, find_store, open_registrar
from syncd.errors import ConfigError, SourceError
from syncd.inbox.door import path_token
from syncd.mappings.findings import InvalidFiles
from syncd.sdk.hooks import Registrar
from syncd.settings.connections import ConnectionSettings
from syncd.store.channels import Channel

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a hook at one place.

    Attributes:
        place: In the source's words; empty: the whole site.
        did: `created`, `updated`, `removed`, `would_create`, `would_update`, `would_remove`, `absent`
            (there was none to remove) or `failed`.
    """

    place: str
    address: str
    did: str
    error: str | None = None
    hint: str | None = None

    def row(self) -> Row:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A hook that there is, or ought to be.

    Attributes:
        place: As above.
        state: `registered`, `missing`, or `failed`: it could not be looked for. Of a channel `open`,
            `missing`, or `failed`: the source refuses it.
        id: The source's; of a channel ours.
        expires_at: Of a channel alone.
    """

    place: str
    address: str
    state: str
    id: str | None = None
    expires_at: datetime | None = None
    error: str | None = None
    hint: str | None = None

    def row(self) -> Row:
        return asdict(self) | {"expires_at": self.expires_at and self.expires_at.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The hooks of one connection at its source."""

    registrar: Registrar
    address: str
    places: Sequence[str]
    secret: str = field(repr=False)

    def each(self, do: Callable[[str, str | None], str]) -> list[Done]:
        """One after another: place and the id that was found there -> what was done."""
        return [self._at(place, do) for place in self.places]

    def _at(self, place: str, do: Callable[[str, str | None], str]) -> Done:
        try:
            did = do(place, self.registrar.find(place, self.address))
        except SourceError as error:  # the other places may be ours to change
            return Done(place=place, address=self.address, did="failed", error=str(error), hint=error.hint)
        return Done(place=place, address=self.address, did=did)


def install_hooks(installation: Installation, name: str, *, url: str | None, dry_run: bool) -> list[Done]:
    """Registers the hooks of a connection wherever its questions of the mapping files look.

    Run again, it finds what it registered before, and sets events and secret anew.

    Raises:
        ConfigError: `unknown_connection`, `no_registrar`, `missing_hook_secret`, `missing_public_url`.
        InvalidFiles: the mapping files have mistakes.
    """
    hooks = registered(installation, name, url=url)

    def install(place: str, found: str | None) -> str:
        if dry_run:
            return "would_update" if found else "would_create"
        hooks.registrar.put(place, found=found, address=hooks.address, secret=hooks.secret)
        return "updated" if found else "created"

    return hooks.each(install)


def remove_hooks(
    installation: Installation, name: str, *, places: Sequence[str], url: str | None, dry_run: bool
) -> list[Done]:
    """Takes away the hooks with our address.

    Args:
        places: There; empty: wherever the questions of the mapping files look.

    Raises:
        ConfigError, InvalidFiles: As `install_hooks`.
    """
    hooks = registered(installation, name, url=url, places=places)

    def remove(place: str, found: str | None) -> str:
        if found is None:
            return "absent"
        if dry_run:
            return "would_remove"
        hooks.registrar.remove(place, found)
        return "removed"

    return hooks.each(remove)


def list_hooks(installation: Installation, name: str, *, url: str | None) -> list[Listed]:
    """Where the hooks of a connection are registered, and where they ought to be. Only reads.

    Raises:
        ConfigError, InvalidFiles: As `install_hooks`.
    """
    hooks = _connection(installation, name).plugin.hooks
    if hooks is not None and hooks.channels is not None:
        return asyncio.run(_channels(installation, name))
    return _registered_ones(installation, name, url=url)


async def _channels(installation: Installation, name: str) -> list[Listed]:
    """Those that `serve` has opened, and the places where it will."""
    connection, now = installation.settings.connections[name], installation.clock()
    address = f"{_base(installation, None)}/hooks/{name}" if connection.push else ""
    kept: list[Channel] = []
    if (store := await find_store(installation)) is not None:
        async with store, store.reading() as tx:
            kept = [channel for channel in await tx.channels.of(name) if now < channel.expires_at]
    hooks = connection.plugin.hooks
    wanted = hooks.places(_asks(installation, name)) if hooks and connection.push else ()
    missing = sorted(set(wanted) - {channel.place for channel in kept})
    return [
        *(_of_channel(channel, address) for channel in kept),
        *(Listed(place=place, address=address, state="missing") for place in missing),
    ]


def _of_channel(channel: Channel, address: str) -> Listed:
    state = "open" if channel.is_open else "missing"
    return Listed(
        place=channel.place,
        address=address,
        state="failed" if channel.error else state,
        id=channel.id,
        expires_at=channel.expires_at if channel.is_open else None,
        error=channel.error.message if channel.error else None,
        hint=f"{channel.failures} times in a row; `serve` tries again" if channel.error else None,
    )


def _registered_ones(installation: Installation, name: str, *, url: str | None) -> list[Listed]:
    hooks = registered(installation, name, url=url)
    ids: dict[str, str] = {}

    def look(place: str, found: str | None) -> str:
        if found is None:
            return "missing"
        ids[place] = found
        return "registered"

    return [
        Listed(
            place=one.place,
            address=one.address,
            state=one.did,
            id=ids.get(one.place),
            error=one.error,
            hint=one.hint,
        )
        for one in hooks.each(look)
    ]


def registered(
    installation: Installation, name: str, *, url: str | None, places: Sequence[str] = ()
) -> Registered:
    connection = _connection(installation, name)
    registrar = open_registrar(installation, name)
    secret = _secret(installation, connection)
    address = f"{_base(installation, url)}/hooks/{name}"
    if not places and connection.plugin.hooks:
        places = connection.plugin.hooks.places(_asks(installation, name))
    if not registrar.signs:
        address += f"/{path_token(secret, connection=name)}"
    return Registered(registrar=registrar, address=address, places=places, secret=secret)


def _connection(installation: Installation, name: str) -> ConnectionSettings:
    connections = installation.settings.connections
    if name not in connections:
        raise ConfigError(
            f"there is no connection {name!r} in {installation.settings.path}",
            code="unknown_connection",
            hint=f"it has: {', '.join(sorted(connections)) or 'none'}",
        )
    return connections[name]


def _secret(installation: Installation, connection: ConnectionSettings) -> str:
    secrets = connection.hook_secrets(installation.environ)
    if not secrets:
        raise ConfigError(
            f"connection {connection.name!r} has no `hook_secret`",
            code="missing_hook_secret",
            hint="give it one in syncd.yaml, as `hook_secret: ${NAME}`: hooks without a proof are not taken",
        )
    return secrets[0]


def _base(installation: Installation, url: str | None) -> str:
    base = url or installation.settings.public_url
    if base is None:
        raise ConfigError(
            "nobody knows under which address the source reaches this installation",
            code="missing_public_url",
            hint="set `public_url` in syncd.yaml, or give --url",
        )
    return base.rstrip("/")


# Any: the connector's own query models.
def _asks(installation: Installation, name: str) -> Sequence[Any]:
    _, loaded = installation.load_files()
    if loaded.mappings is None:
        raise InvalidFiles(loaded.findings)
    return [asked.ask for key, asked in loaded.mappings.queries.items() if key.connection == name]

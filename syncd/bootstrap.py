"""The one place that wires: settings, plugins, store, connections, endpoints -> a working installation."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.errors import ConfigError, ConnectorNotFound, SettingsError, StoreError
from syncd.mappings.context import Context
from syncd.mappings.findings import Finding, InvalidFiles
from syncd.mappings.load import Loaded, load_mappings, read_mapping_files
from syncd.okr.definition import Mappings
from syncd.sdk.plugin import Plugin
from syncd.settings import Settings, load_settings

if TYPE_CHECKING:
    from syncd.egress.wire import Wire
    from syncd.inbox.door import Door
    from syncd.inbox.watcher import Watched
    from syncd.sdk.hooks import ChannelOpener, Channels, Hooks, Registrar
    from syncd.sdk.plugin import ConnectionConfig, Connector
    from syncd.settings.connections import ConnectionSettings
    from syncd.settings.endpoints import EndpointSettings
    from syncd.store.sealing import Keyring
    from syncd.store.store import Store
    from syncd.sync.hinted import Touches
    from syncd.sync.site import Site

GROUP = "syncd.connectors"
SQLITE = "sqlite:///"


def now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=1)
def plugins() -> Mapping[str, Plugin]:
    """Every installed connector by name.

    Raises:
        ConnectorNotFound: an entry point of the group does not point at a `Plugin` of its name.
    """
    found: dict[str, Plugin] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        plugin = entry.load()
        if not isinstance(plugin, Plugin) or plugin.name != entry.name:
            raise ConnectorNotFound(
                f"the entry point {entry.name!r} of {GROUP} is not a Plugin of that name",
                hint="this is a defect of the package that registers it",
            )
        found[entry.name] = plugin
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One organisation's syncd: what its file says, with the plugins, environment and time it needs."""

    settings: Settings
    plugins: Mapping[str, Plugin]
    environ: Mapping[str, str]
    clock: Callable[[], datetime] = now

    @property
    def context(self) -> Context:
        return self.settings.context(self.environ)

    @property
    def store_url(self) -> str:
        return self.settings.store_url(self.environ)

    def load(self, files: Mapping[str, str]) -> Mappings:
        """The mappings of an applied version.

        Raises:
            InvalidFiles: the version was right when it was applied, and is not under today's syncd.yaml.
        """
        loaded = load_mappings(files, context=self.context, plugins=self.plugins)
        if loaded.mappings is None:
            raise InvalidFiles(loaded.findings)
        return loaded.mappings

    def load_files(self) -> tuple[Mapping[str, str], Loaded]:
        """The mapping files beside syncd.yaml, as text and checked."""
        files = read_mapping_files(self.settings.mappings)
        return files.texts, load_mappings(files, context=self.context, plugins=self.plugins)


def install(
    path: Path, *, environ: Mapping[str, str] | None = None, clock: Callable[[], datetime] = now
) -> Installation:
    """Reads syncd.yaml.

    Raises:
        InvalidFiles: it has mistakes.
    """
    environ = os.environ if environ is None else environ
    loaded = load_settings(path, plugins(), environ=environ)
    if loaded.settings is None:
        raise InvalidFiles(with_way_out(loaded.findings, path))
    return Installation(settings=loaded.settings, plugins=plugins(), environ=environ, clock=clock)


def with_way_out(findings: Sequence[Finding], path: Path) -> tuple[Finding, ...]:
    """What was found in syncd.yaml; when there is none, what to do about it."""
    if path.exists():
        return tuple(findings)
    way_out = "name another with `--config PATH`, or write a first one: `syncd init`"
    return tuple(replace(finding, hint=finding.hint or way_out) for finding in findings)


class Connections:
    """Opens each connection once per process; `open` from any thread, once per name at a time."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        # Any: each connector asks queries of its own.
        self._opened: dict[str, tuple[Connector[Any], Wire]] = {}

    def open(self, name: str) -> tuple[Connector[Any], Wire]:
        """The connection's connector and its wire.

        Raises:
            ConfigError: syncd.yaml does not have it, or a secret of it is missing.
        """
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def _open(self, name: str) -> tuple[Connector[Any], Wire]:
        from syncd.egress.wire import Wire, WireLimits

        settings = self._installation.settings
        connection = settings.connections.get(name)
        if connection is None:
            raise ConfigError(
                f"there is no connection {name!r} in {settings.path}",
                code="unknown_connection",
                hint=f"it has: {', '.join(sorted(settings.connections)) or 'none'}",
            )
        plugin = self._installation.plugins[connection.connector]
        config = connection.config(self._installation.environ)
        wire = Wire(
            connection=name,
            origins=[config.url, *(plugin.origins(config) if plugin.origins else ())],
            networks=settings.connection_networks,
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
            limits=WireLimits(deadline_s=connection.deadline.total_seconds()),
            ca_bundle=str(connection.ca_bundle) if connection.ca_bundle else None,
        )
        return plugin.connect(config, wire), wire


def open_registrar(installation: Installation, name: str) -> Registrar:
    """What registers hooks at a connection's source; its wire lets through what that takes, once.

    Raises:
        ConfigError: `no_registrar`, or a secret of the connection is missing.
    """
    connection = installation.settings.connections[name]
    hooks = connection.plugin.hooks
    if hooks is None or hooks.registrar is None:
        raise ConfigError(
            f"hooks of {connection.connector!r} are not registered by syncd",
            code="no_registrar",
            hint="`push: true` lets `serve` open its channels"
            if hooks is not None and hooks.channels is not None
            else "the admin guide says how to enter them at the source",
        )
    return hooks.registrar(*_for_writing(installation, connection, hooks))


def _for_writing(
    installation: Installation, connection: ConnectionSettings, hooks: Hooks
) -> tuple[ConnectionConfig, Wire]:
    from syncd.egress.wire import Wire, WireLimits

    plugin, config = connection.plugin, connection.config(installation.environ)
    wire = Wire(
        connection=connection.name,
        origins=[config.url, *(plugin.origins(config) if plugin.origins else ())],
        networks=installation.settings.connection_networks,
        read_posts=plugin.read_posts,
        writes=hooks.writes,
        rate_limit=plugin.rate_limit,
        # A write that may have been done is not sent again: it would register a second hook.
        limits=WireLimits(deadline_s=connection.deadline.total_seconds(), attempts=1),
        ca_bundle=str(connection.ca_bundle) if connection.ca_bundle else None,
    )
    return config, wire


async def open_store(installation: Installation, *, create: bool = True) -> Store:
    """The installation's store, migrated; and the endpoints of syncd.yaml recorded in it.

    An endpoint whose address refers to something missing keeps what is recorded of it.

    Raises:
        StoreError: it cannot be opened, or `create` is False and there is none.
    """
    from syncd.store.endpoints import Endpoint
    from syncd.store.store import Store

    at = installation.clock()
    store = await Store.open(installation.store_url, now=at, create=create)
    if create:
        async with store.transaction() as tx:
            await tx.outbox.sync_endpoints(
                [
                    Endpoint(
                        name=name,
                        url=_url_if_there(endpoint, installation.environ),
                        events=endpoint.events,
                        include=endpoint.include,
                        teams=endpoint.teams,
                        tiers=endpoint.tiers,
                        objectives=endpoint.objectives,
                        limits=endpoint.limits,
                    )
                    for name, endpoint in installation.settings.endpoints.items()
                ],
                at=at,
            )
    return store


def _url_if_there(endpoint: EndpointSettings, environ: Mapping[str, str]) -> str | None:
    try:
        return endpoint.url(environ)
    except SettingsError:  # told where deliveries are made
        return None


def keyring(installation: Installation) -> Keyring:
    """What seals and opens the secrets in the store.

    Raises:
        SettingsError: what an encryption key refers to is missing, or no key.
    """
    from syncd.store.sealing import Keyring

    return Keyring(installation.settings.keys(installation.environ))


async def find_store(installation: Installation) -> Store | None:
    """The store for reading; None where none was made yet. Creates and writes nothing."""
    if _is_missing(installation.store_url):
        return None
    try:
        return await open_store(installation, create=False)
    except StoreError as error:
        if error.code == "store_missing":
            return None
        raise


def _is_missing(store_url: str) -> bool:
    """Whether there is no such file; told without loading a database's library."""
    return store_url.startswith(SQLITE) and not Path(store_url.removeprefix(SQLITE)).exists()


def serving(installation: Installation) -> AbstractContextManager[None]:
    """Be the one process that syncs and delivers; on PostgreSQL many may.

    Raises:
        StoreError: `store_served`; another process is, its pid in the message.
    """
    from syncd.store.lock import serving_lock

    url = installation.store_url
    return serving_lock(Path(url.removeprefix(SQLITE))) if url.startswith(SQLITE) else nullcontext()


def wire_site(installation: Installation, store: Store) -> Site:
    """What a sync works with."""
    from syncd.okr.event import Source
    from syncd.sync.site import Site

    settings = installation.settings
    load = lru_cache(maxsize=2)(lambda files: installation.load(dict(files)))
    return Site(
        store=store,
        open_connection=Connections(installation).open,
        load=lambda files: load(tuple(sorted(files.items()))),
        calendar=settings.calendar,
        refresh={name: connection.refresh for name, connection in settings.connections.items()},
        source=Source(instance=settings.instance, epoch=store.epoch),
        clock=installation.clock,
        touches=touches_of(installation),
        senders=settings.senders,
    )


def touches_of(installation: Installation) -> Touches:
    """What the answers to a question depend on, as its connector says."""

    def touches(name: str, ask: Any) -> Collection[str] | None:  # Any: the connector's own model
        connection = installation.settings.connections.get(name)
        if connection is None or connection.plugin.hooks is None:
            return None
        return connection.plugin.hooks.touched_by(ask)

    return touches


def doors(installation: Installation) -> Mapping[str, Door]:
    """The connections that take hooks.

    Raises:
        SettingsError: A secret is missing.
    """
    from syncd.inbox.door import Door

    return {
        name: Door(
            connection=name,
            hooks=connection.plugin.hooks,
            secrets=connection.hook_secrets(installation.environ),
        )
        for name, connection in installation.settings.connections.items()
        if connection.plugin.hooks is not None and connection.hook_signing
    }


def watched(installation: Installation) -> Mapping[str, Watched]:
    """The connections whose sources send over channels.

    Raises:
        SettingsError: A secret is missing.
    """
    return {
        name: _watched(installation, connection, connection.plugin.hooks, connection.plugin.hooks.channels)
        for name, connection in installation.settings.connections.items()
        if connection.plugin.hooks is not None and connection.plugin.hooks.channels is not None
    }


def _watched(
    installation: Installation, connection: ConnectionSettings, hooks: Hooks, channels: Channels
) -> Watched:
    from syncd.inbox.watcher import Watched

    base = (installation.settings.public_url or "").rstrip("/")
    secrets = connection.hook_secrets(installation.environ)

    def opener() -> ChannelOpener:
        return channels.opener(*_for_writing(installation, connection, hooks))

    return Watched(
        connection=connection.name,
        address=f"{base}/hooks/{connection.name}" if connection.push and base and secrets else None,
        lasts=channels.lasts,
        token_of=lambda channel: channels.token_of(channel, secrets[0] if secrets else ""),
        opener=opener,
    )

"""hooks install: let a source send its changes to this installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from syncd.bootstrap import Installation, open_registrar
from syncd.errors import ConfigError, SourceError
from syncd.inbox.door import path_token
from syncd.mappings.findings import InvalidFiles
from syncd.sdk.hooks import Registrar
from syncd.settings.connections import ConnectionSettings

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What became of a hook at one place.

    Attributes:
        place: In the source's words; empty: the whole site.
        did: `created`, `updated`, `would_create`, `would_update` or `failed`.
    """

    place: str
    address: str
    did: str
    error: str | None = None
    hint: str | None = None

    def row(self) -> Row:
        return asdict(self)


def install_hooks(
    installation: Installation, name: str, *, url: str | None, dry_run: bool
) -> list[Installed]:
    """Registers the hooks of a connection wherever its questions of the mapping files look.

    Run again, it finds what it registered before, and sets events and secret anew.

    Raises:
        ConfigError: `unknown_connection`, `no_registrar`, `missing_hook_secret`, `missing_public_url`.
        InvalidFiles: the mapping files have mistakes.
    """
    connection = _connection(installation, name)
    registrar = open_registrar(installation, name)
    secret = _secret(installation, connection)
    base = _base(installation, url)
    hooks = connection.plugin.hooks
    places = hooks.places(_asks(installation, name)) if hooks else ()
    address = f"{base}/hooks/{name}"
    if not registrar.signs:
        address += f"/{path_token(secret, connection=name)}"
    return [_install(registrar, place, address=address, secret=secret, dry_run=dry_run) for place in places]


def _install(registrar: Registrar, place: str, *, address: str, secret: str, dry_run: bool) -> Installed:
    try:
        found = registrar.find(place, address)
        if not dry_run:
            registrar.put(place, found=found, address=address, secret=secret)
    except SourceError as error:  # the other places may be ours to change
        return Installed(place=place, address=address, did="failed", error=str(error), hint=error.hint)
    made, renewed = ("would_create", "would_update") if dry_run else ("created", "updated")
    return Installed(place=place, address=address, did=renewed if found else made)


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
            hint="hooks without a proof are not taken",
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

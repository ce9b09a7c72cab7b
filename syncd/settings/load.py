"""The file syncd.yaml -> `Settings`, or everything that is wrong with it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from syncd.mappings.context import Context
from syncd.mappings.document import parse_document, read_text
from syncd.mappings.fields import Fields
from syncd.mappings.findings import Finding, Findings
from syncd.mappings.lint import Rulebook
from syncd.mappings.nodes import MapNode, Scalar
from syncd.okr.definition import Calendar, Cycle, Place
from syncd.okr.forecast import ForecastRule
from syncd.okr.retention import Retention
from syncd.sdk.plugin import Plugin
from syncd.settings.calendar import read_calendar, read_cycles, read_forecast, read_zone
from syncd.settings.connections import ConnectionSettings, read_connections
from syncd.settings.encryption import read_encryption_keys, resolve_key
from syncd.settings.endpoints import EndpointSettings, read_endpoints
from syncd.settings.findings import read_rulebook
from syncd.settings.references import Template, Unresolved, check_references, has_references, refuse_inline
from syncd.settings.retention import read_retention
from syncd.settings.senders import SenderSettings, read_senders

Network = IPv4Network | IPv6Network

DEFAULT_STORE = "sqlite:///syncd.db"
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A checked syncd.yaml. No secret is in it: references are resolved where they are used.

    Attributes:
        path: Of the file.
        instance: Who we are to consumers.
        mappings: The folder of the mappings.
        findings: Which findings are told, and how severe they are.
        forecast: How far a forecast looks back, and what it takes.
        retention: How long what has happened is kept.
        encryption_keys: What seals the secrets in the store, the newest first.
        public_url: Where others reach this installation.
        connection_networks, endpoint_networks: Where private addresses, and plain http, are allowed.
    """

    path: Path
    organisation: str
    instance: str
    calendar: Calendar
    cycles: Mapping[str, Cycle]
    store: Template = field(repr=False)
    mappings: Path
    encryption_keys: tuple[Template, ...] = field(default=(), repr=False)
    connection_networks: tuple[Network, ...] = ()
    endpoint_networks: tuple[Network, ...] = ()
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    endpoints: Mapping[str, EndpointSettings] = field(default_factory=dict)
    senders: Mapping[str, SenderSettings] = field(default_factory=dict)
    findings: Rulebook = field(default_factory=Rulebook)
    forecast: ForecastRule = field(default_factory=ForecastRule)
    retention: Retention = field(default_factory=Retention)
    public_url: str | None = None

    def store_url(self, environ: Mapping[str, str]) -> str:
        """The database; the path of a SQLite file is absolute.

        Raises:
            Unresolved: A variable is not set.
        """
        url = self.store.resolve(environ)
        if not url.startswith(_SQLITE):
            return url
        return f"{_SQLITE}{self.store.folder / url.removeprefix(_SQLITE)}"

    def keys(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """What `encryption_keys` stand for.

        Raises:
            Unresolved: A variable is not set, or holds no key.
        """
        return tuple(resolve_key(template, environ) for template in self.encryption_keys)

    def context(self, environ: Mapping[str, str]) -> Context:
        """What the mappings' loader must know of this installation."""
        connections = {name: found.for_mappings(environ) for name, found in self.connections.items()}
        return Context(cycles=self.cycles, connections=connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """`settings` is None as soon as one finding is an error."""

    settings: Settings | None
    findings: tuple[Finding, ...] = ()


def load_settings(
    path: Path, plugins: Mapping[str, Plugin], *, environ: Mapping[str, str], resolve_secrets: bool = False
) -> Loaded:
    """Check syncd.yaml.

    Args:
        plugins: Connector name -> plugin.
        resolve_secrets: Also look whether everything that references stand for is there and good.
    """
    findings = Findings()
    text = read_text(path, name=str(path), findings=findings)
    node = parse_document(text, path=str(path), findings=findings) if text is not None else None
    settings = _read(node, path, plugins, findings) if node is not None else None
    if settings is not None and resolve_secrets:
        _resolve_all(settings, environ, findings)
    return Loaded(settings=None if findings.has_errors else settings, findings=findings.all())


def _read(node: MapNode, path: Path, plugins: Mapping[str, Plugin], findings: Findings) -> Settings | None:
    fields = Fields(node, place=node.place, findings=findings)
    folder = path.resolve().parent
    organisation = fields.required_text("organisation")
    instance, mappings = fields.text("instance") or organisation, fields.text("mappings")
    store, zone = _store(fields, folder), read_zone(fields)
    # A wrong zone is told already; any other lets the rest of the file be checked.
    calendar = read_calendar(fields, zone=zone or ZoneInfo("UTC"))
    connections = read_connections(
        _named(fields, "connections"), plugins=plugins, folder=folder, findings=findings
    )
    endpoints = read_endpoints(_named(fields, "endpoints"), folder=folder, findings=findings)
    senders = read_senders(_named(fields, "ingest"), folder=folder, findings=findings)
    cycles = read_cycles(_named(fields, "cycles"), zone=calendar.zone, findings=findings)
    for_connections, for_endpoints = _networks(fields)
    settings = Settings(
        path=path,
        organisation=organisation or "",
        instance=instance or "",
        calendar=calendar,
        cycles={cycle.name: cycle for cycle in cycles},
        store=store,
        mappings=folder / (mappings or "mappings"),
        encryption_keys=tuple(read_encryption_keys(fields, folder=folder)),
        connection_networks=for_connections,
        endpoint_networks=for_endpoints,
        connections={connection.name: connection for connection in connections},
        endpoints={endpoint.name: endpoint for endpoint in endpoints},
        senders={sender.name: sender for sender in senders},
        findings=read_rulebook(fields),
        forecast=read_forecast(fields),
        retention=read_retention(fields),
        public_url=_public_url(fields),
    )
    fields.finish()
    _check_addresses(settings, findings)
    _check_push(settings, findings)
    return settings


def _public_url(fields: Fields) -> str | None:
    url = fields.text("public_url")
    if url is not None:
        # Plain http would show what hooks prove themselves with.
        place = fields.place_of("public_url")
        _check_address(url, place, "connections", fields.findings, plain_is_allowed=False)
    return url


def _named(fields: Fields, key: str) -> MapNode:
    """A map of things with names; where it is missing, one without any."""
    return fields.map(key) or fields.node.without(frozenset(fields.node.keys))


def _store(fields: Fields, folder: Path) -> Template:
    url = fields.text("store")
    node = fields.get("store")
    if url is None or not isinstance(node, Scalar):
        return Template(text=DEFAULT_STORE, place=fields.place, folder=folder)
    template = Template(text=url, place=node.place, folder=folder)
    check_references(template, fields.findings)
    if not url.startswith((_SQLITE, *_POSTGRESQL, "${")) or url == _SQLITE:
        message, hint = "this is no store", "sqlite:///syncd.db, or postgresql://user@host/database"
        fields.findings.error(node.place, "invalid_value", message, hint=hint)
    elif (password := _password(url)) and not has_references(password):
        refuse_inline(node.place, "store", variable="STORE_URL", findings=fields.findings)
    return template


def _password(url: str) -> str | None:
    """What stands between `:` and the last `@`; `urlsplit` gives up on some passwords."""
    login, at, _host = url.partition("://")[2].rpartition("@")
    return login.partition(":")[2] if at else None


def _networks(fields: Fields) -> tuple[tuple[Network, ...], tuple[Network, ...]]:
    node = fields.map("allow_networks")
    if node is None:
        return (), ()
    allowed = Fields(node, place=fields.place_of("allow_networks"), findings=fields.findings)
    read = tuple(
        tuple(network for text, at in allowed.texts(key) if (network := _network(text, at, fields.findings)))
        for key in ("connections", "endpoints")
    )
    allowed.finish()
    return read[0], read[1]


def _network(text: str, at: Scalar, findings: Findings) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        hint = "an address and the bits that count: 10.0.0.0/8, fd00::/8"
    with contextlib.suppress(ValueError):
        hint = f"write {ip_network(text, strict=False)}"
    findings.error(at.place, "invalid_network", f"{text!r} is not a network", hint=hint)
    return None


def _check_push(settings: Settings, findings: Findings) -> None:
    for connection in settings.connections.values():
        if connection.push and settings.public_url is None:
            hint = "set `public_url` to where the source reaches this installation"
            findings.error(connection.place, "missing_key", "`push` needs a `public_url`", hint=hint)


def _check_addresses(settings: Settings, findings: Findings) -> None:
    """What can be said of addresses without dialling: they are http, and plain only where allowed."""
    for connection in settings.connections.values():
        node = connection.values.values.get("url")
        # The connector may have said so already, and better.
        if isinstance(node, Scalar) and not findings.has_any_at(node.place):
            is_allowed = bool(settings.connection_networks)
            _check_address(node.text, node.place, "connections", findings, plain_is_allowed=is_allowed)
    for endpoint in settings.endpoints.values():
        address, is_allowed = endpoint.address, bool(settings.endpoint_networks)
        _check_address(address.text, address.place, "endpoints", findings, plain_is_allowed=is_allowed)


def _check_address(url: str, place: Place, key: str, findings: Findings, *, plain_is_allowed: bool) -> None:
    if has_references(url):
        return
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        hint = "https://, a host, and a path where there is one"
        findings.error(place, "invalid_url", "this is not the address of a service", hint=hint)
    elif parts.username or parts.password:
        findings.error(place, "inline_secret", "an address carries no user and no password here")
    elif parts.scheme == "http" and not plain_is_allowed:
        hint = f"use https, or list its network under `allow_networks.{key}`"
        findings.error(place, "plain_http", "plain http is not allowed", hint=hint)


def _resolve_all(settings: Settings, environ: Mapping[str, str], findings: Findings) -> None:
    # With mistakes in the file its models are told already; what is missing is still worth telling.
    is_good = not findings.has_errors
    for connection in settings.connections.values():
        _ = connection.build(environ, findings) if is_good else connection.resolve(environ, findings)
    templates = [settings.store, *(endpoint.address for endpoint in settings.endpoints.values())]
    for resolve in (
        *(template.resolve for template in templates),
        *(endpoint.secrets for endpoint in settings.endpoints.values()),
        *(connection.hook_secrets for connection in settings.connections.values()),
        settings.keys,
    ):
        try:
            resolve(environ)
        except Unresolved as error:
            error.tell(findings)

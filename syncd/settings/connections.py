"""`connections:`. The core's keys are checked here, the rest by the connector's own model."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from syncd.errors import SettingsError
from syncd.mappings.context import DEFAULT_REFRESH, Connection
from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.models import build_model, marks
from syncd.mappings.nodes import ListNode, MapNode, Node, Plain, Scalar
from syncd.okr.definition import Place
from syncd.sdk.plugin import ConnectionConfig, Plugin
from syncd.settings.named import named_maps
from syncd.settings.references import (
    Template,
    Unresolved,
    check_references,
    has_references,
    is_one_reference,
    refuse_inline,
)
from syncd.settings.signing import read_signing

CORE_KEYS = frozenset(
    {"connector", "refresh", "min_interval", "deadline", "ca_bundle", "hook_secret", "push", "teams"}
)
DEFAULT_MIN_INTERVAL = timedelta(seconds=30)
DEFAULT_DEADLINE = timedelta(seconds=60)
_SHORTEST_REFRESH = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """One configured source.

    Attributes:
        values: What the connector's model is made from, with references as written.
        refresh: How often it is read.
        min_interval: Least time between two reads, whoever asks.
        deadline: Of everything that one sync asks of it.
        ca_bundle: File of the authorities that it trusts, in place of the usual ones.
        teams: Who may read it; None: everybody.
        hook_signing: What hooks that come in are signed with, the newest first.
        push: The source's channels are opened, renewed and stopped.
        place: Where it is defined.
    """

    name: str
    connector: str
    plugin: Plugin = field(repr=False)
    values: MapNode = field(repr=False)
    folder: Path = field(repr=False)
    refresh: timedelta = DEFAULT_REFRESH
    min_interval: timedelta = DEFAULT_MIN_INTERVAL
    deadline: timedelta = DEFAULT_DEADLINE
    ca_bundle: Path | None = None
    teams: frozenset[str] | None = None
    hook_signing: tuple[Template, ...] = field(default=(), repr=False)
    push: bool = False
    place: Place

    def config(self, environ: Mapping[str, str]) -> ConnectionConfig:
        """The connector's own configuration, secrets and all.

        Raises:
            SettingsError: A reference stands for nothing, or for something that the connector refuses.
        """
        findings = Findings()
        config = self.build(environ, findings)
        if config is None:
            first = findings.all()[0]
            raise SettingsError(str(first), code=first.code, hint=first.hint)
        return config

    def hook_secrets(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """What proves a hook, the newest first; none: no hook is taken.

        Raises:
            Unresolved: A variable is not set.
        """
        return tuple(template.resolve_line(environ) for template in self.hook_signing)

    def build(self, environ: Mapping[str, str], findings: Findings) -> ConnectionConfig | None:
        """As `config`, with every mistake as a finding."""
        plain = self.resolve(environ, findings)
        if plain is None:
            return None
        for name in _paths(self.plugin) & plain.keys():
            plain[name] = self._anchored(plain[name])
        return build_model(
            self.plugin.config,
            plain,
            node=self.values,
            place=self.place,
            findings=findings,
            opaque=opaque_keys(self.plugin, self.values),
        )

    def resolve(self, environ: Mapping[str, str], findings: Findings) -> dict[str, Plain] | None:
        """The values behind all references; None, with findings, where one stands for nothing."""
        resolver = _Resolver(self.folder, environ, findings)
        paths = _paths(self.plugin)  # what may be a path may be a whole file, too
        plain = {
            name: resolver.plain(node, is_line=name not in paths) for name, node in self.values.values.items()
        }
        return None if resolver.has_failed else plain

    def for_mappings(self, environ: Mapping[str, str]) -> Connection:
        """What the mappings' loader knows of it: no secret is resolved, or among it."""
        secret = {name for name, _node in _secrets(self.plugin, self.values)}
        resolver = _Resolver(self.folder, environ, Findings())
        defaults = {
            name: resolver.plain(node)
            for name, node in self.values.values.items()
            if name not in secret and isinstance(node, Scalar)
        }
        return Connection(
            connector=self.connector,
            refresh=self.refresh,
            teams=self.teams,
            defaults={name: value for name, value in defaults.items() if value is not None},
        )

    def _anchored(self, value: Plain) -> Plain:
        """A path counts from the folder of syncd.yaml, wherever syncd was started."""
        if not isinstance(value, str) or value.startswith(("{", "/", "~")):
            return value
        return str(self.folder / value)


def read_connections(
    node: MapNode, *, plugins: Mapping[str, Plugin], folder: Path, findings: Findings
) -> Iterator[ConnectionSettings]:
    for key, fields in named_maps(node, "a connection", hint="connector: ...", findings=findings):
        connection = _read(key, fields, plugins=plugins, folder=folder)
        if connection is not None:
            yield connection


def _read(
    key: Scalar, fields: Fields, *, plugins: Mapping[str, Plugin], folder: Path
) -> ConnectionSettings | None:
    findings = fields.findings
    plugin = _plugin(fields, plugins)
    refresh, min_interval = fields.duration("refresh"), fields.duration("min_interval")
    deadline = fields.duration("deadline")
    if refresh is not None and refresh < _SHORTEST_REFRESH:
        place = fields.place_of("refresh")
        findings.error(place, "invalid_duration", "the shortest refresh is 1s", hint="refresh: 30s")
    if deadline is not None and not deadline:
        findings.error(fields.place_of("deadline"), "invalid_duration", "a deadline is longer than 0s")
    ca_bundle = _ca_bundle(fields, folder)
    teams = frozenset(team for team, _place in fields.texts("teams")) if "teams" in fields else None
    signing = _hook_secrets(key, fields, plugin, folder)
    push = _push(fields, plugin)
    if plugin is None:
        return None
    values = fields.node.without(CORE_KEYS)
    _check_values(key, values, plugin, folder, findings)
    return ConnectionSettings(
        name=key.text,
        connector=plugin.name,
        plugin=plugin,
        values=values,
        folder=folder,
        refresh=refresh or DEFAULT_REFRESH,
        min_interval=DEFAULT_MIN_INTERVAL if min_interval is None else min_interval,
        deadline=deadline or DEFAULT_DEADLINE,
        ca_bundle=ca_bundle,
        teams=teams,
        hook_signing=signing,
        push=push,
        place=key.place,
    )


def _hook_secrets(key: Scalar, fields: Fields, plugin: Plugin | None, folder: Path) -> tuple[Template, ...]:
    node, findings = fields.get("hook_secret"), fields.findings
    if node is not None and plugin is not None and plugin.hooks is None:
        message = f"the connector {plugin.name!r} takes no hooks"
        findings.error(node.place, "no_hooks", message, hint="take hook_secret away")
    return read_signing(key, node, folder, findings, key="hook_secret")


def _push(fields: Fields, plugin: Plugin | None) -> bool:
    push = fields.flag("push")
    if not push:
        return False
    place = fields.place_of("push")
    if plugin is not None and (plugin.hooks is None or plugin.hooks.channels is None):
        message, hint = f"{plugin.name!r} opens no channels", "take push away; `syncd hooks install` may do"
        fields.findings.error(place, "no_push", message, hint=hint)
    elif "hook_secret" not in fields:
        hint = "the channels' tokens are made of it"
        fields.findings.error(place, "missing_key", "`push` needs a `hook_secret`", hint=hint)
    return True


def _ca_bundle(fields: Fields, folder: Path) -> Path | None:
    text = fields.text("ca_bundle")
    if text is None:
        return None
    path, place = folder / text, fields.node.values["ca_bundle"].place
    hint = "a file of certificates in PEM form; relative paths count from the folder of this file"
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        message = f"there is no certificate in {str(path)!r}"
        fields.findings.error(place, "invalid_value", message, hint=hint)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no file"
        fields.findings.error(place, "unreadable", f"{str(path)!r} cannot be read: {reason}", hint=hint)
    return path


def _plugin(fields: Fields, plugins: Mapping[str, Plugin]) -> Plugin | None:
    name = fields.required_text("connector")
    if name is None:
        return None
    if name not in plugins:
        place = fields.node.values["connector"].place
        message = f"no connector {name!r} is installed"
        fields.findings.error(place, "connector_not_found", message, hint=did_you_mean(name, plugins))
    return plugins.get(name)


def _check_values(key: Scalar, values: MapNode, plugin: Plugin, folder: Path, findings: Findings) -> None:
    """Everything that can be checked without looking at what references stand for."""
    for name, node in _secrets(plugin, values):
        if not _may_stand(node, is_path=name in _paths(plugin)):
            refuse_inline(node.place, name, variable=_variable(key.text, name), findings=findings)
    for scalar in _scalars(values):
        check_references(Template(text=scalar.text, place=scalar.place, folder=folder), findings)
    # Secrets and references are seen by nobody here: a stand-in takes their place.
    opaque = opaque_keys(plugin, values)
    resolver = _Resolver(folder, None, findings)
    plain = {
        name: "stand-in" if name in opaque else resolver.plain(value) for name, value in values.values.items()
    }
    build_model(
        plugin.config,
        plain,
        node=values,
        place=key.place,
        findings=findings,
        opaque=opaque,
        are_stand_ins=True,
    )


def opaque_keys(plugin: Plugin, values: MapNode) -> frozenset[str]:
    """Keys whose value no message may repeat: secrets, and what stands elsewhere."""
    secret = {name for name, _node in _secrets(plugin, values)}
    elsewhere = {
        name
        for name, node in values.values.items()
        if any(has_references(scalar.text) for scalar in _scalars(node))
    }
    return frozenset(secret | elsewhere)


def _secrets(plugin: Plugin, values: MapNode) -> Iterator[tuple[str, Node]]:
    """Secret values with their top-level key."""
    for name, node in values.values.items():
        alone = MapNode(values.source, values.line, values.column, {name: values.keys[name]}, {name: node})
        yield from ((name, found) for found, mark in marks(plugin.config, alone) if mark is SecretStr)


def _paths(plugin: Plugin) -> frozenset[str]:
    """Secrets that may be a path to a file, as text in the file."""
    fields = plugin.config.model_fields.items()
    return frozenset(
        name
        for name, info in fields
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("literal_path")
    )


def _may_stand(node: Node, *, is_path: bool) -> bool:
    if not isinstance(node, Scalar):
        return False
    if is_path and isinstance(node.value, str):
        return not node.text.lstrip().startswith("{")
    return node.value is None or is_one_reference(node.text)


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, ListNode):
        for item in node:
            yield from _scalars(item)
    else:
        for value in node.values.values():
            yield from _scalars(value)


def _variable(connection: str, key: str) -> str:
    return f"{connection}_{key}".upper().replace("-", "_")


class _Resolver:
    """Nodes -> plain values with references resolved; without an environment, as written."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None, findings: Findings) -> None:
        self._folder, self._environ, self._findings = folder, environ, findings
        self.has_failed = False

    def plain(self, node: Node, *, is_line: bool = True) -> Plain:
        if isinstance(node, MapNode):
            return {name: self.plain(value, is_line=is_line) for name, value in node.values.items()}
        if isinstance(node, ListNode):
            return [self.plain(item, is_line=is_line) for item in node]
        if self._environ is None or not isinstance(node.value, str):
            return node.value
        template = Template(text=node.text, place=node.place, folder=self._folder)
        try:
            return template.resolve_line(self._environ) if is_line else template.resolve(self._environ)
        except Unresolved as error:
            error.tell(self._findings)
            self.has_failed = True
            return None

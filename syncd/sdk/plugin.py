"""The connector contract: what a package registers, and what its connector must do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from syncd.sdk.ask import Ask
from syncd.sdk.hooks import Hooks
from syncd.sdk.measurement import Answer, Query

if TYPE_CHECKING:
    import requests

    from syncd.egress.wire import Wire

AskT = TypeVar("AskT")


class ConnectionConfig(BaseModel):
    """Base of a connector's configuration: what `connections:` in syncd.yaml may say.

    Secrets are `pydantic.SecretStr` fields. The core's own keys (`connector`, `refresh`,
    `min_interval`, `deadline`, `ca_bundle`, `hook_secret`, `teams`) never reach this model.

    Attributes:
        url: Base address of the source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that can be asked of a source, for `syncd browse`: a field, a tab, a label."""

    kind: str
    name: str
    detail: str = ""


class Connector(Protocol[AskT]):
    """Plain blocking code, one instance per connection, called from one thread at a time."""

    def measure(self, queries: Sequence[Query[AskT]]) -> Sequence[Answer]:
        """Answer all queries of one connection in the fewest requests.

        n queries in, n answers out, any order, each with its query's key. One query's fault is a
        returned `Failure`; a fault of the whole batch (credential, outage) is a raised
        `SourceError` and then stands for every query that has no answer.
        """
        ...

    def check(self) -> str:
        """Who we are to the source, as `bot@acme.com on acme.atlassian.net`; one probe."""
        ...

    def browse(self, about: str | None) -> Sequence[Item]:
        """What can be asked here; `about` narrows (`fields`, `tabs`, `labels`, ...)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What an entry point of the group `syncd.connectors` points at.

    Attributes:
        name: Entry point, folder, `connector:` in YAML and metric label: one name everywhere.
        title: For people.
        config: The connection's model.
        queries: One model per kind of query.
        connect: Makes the connector of one connection; must not talk to the network.
        later: Kinds that are planned: name -> what it will do; the loader answers `not_yet`.
        read_posts: Patterns (re.fullmatch on the path) of the POSTs that only read. The wire
            refuses every other method than GET and HEAD.
        rate_limit: Reads the vendor's own signs of a limit from a response (whose body is in
            memory): seconds to wait, `float("nan")` when limited without a figure, None when
            not limited. 429 with `Retry-After` is known to the wire already.
        origins: Further origins beside `url` that the connection may talk to, given its config
            (a token endpoint, say).
        emulator: Import string of an ASGI app that speaks the vendor's API.
        hooks: How its webhooks are understood; None: it has none.
    """

    name: str
    title: str
    # Any: a plugin is a value in a list of plugins; each brings models of its own, and what
    # `connect` takes is exactly what `config` made.
    config: type[ConnectionConfig]
    queries: tuple[type[Ask], ...]
    connect: Callable[[Any, Wire], Connector[Any]]
    later: dict[str, str] = field(default_factory=dict)
    read_posts: tuple[str, ...] = ()
    rate_limit: Callable[[requests.Response], float | None] | None = None
    origins: Callable[[Any], Sequence[str]] | None = None
    emulator: str | None = None
    hooks: Hooks | None = None

    @property
    def kinds(self) -> dict[str, type[Ask]]:
        """Kind key in YAML -> its model."""
        return {ask.kind(): ask for ask in self.queries}

"""Every error that syncd raises on purpose. The lowest layer: it imports nothing of syncd.

SyncdError                    code, actor, retryable, hint
|- ConfigError                the operator wrote something that cannot be
|  |- SettingsError           syncd.yaml, or a value that it refers to
|  |- MappingError            a mapping file; path, line, column
|  `- ConnectorNotFound       no installed package registers that name
|- SourceError                a query could not be answered
|  |- Unauthorized            the credential is missing, wrong, expired, or may not see this
|  |- QueryRejected           the source refuses this one query
|  |- RateLimited             the source asks us to wait; retry_after_s
|  |- SourceUnavailable       down, unreachable, too slow, cut short
|  |- MalformedResponse       an answer that is not what its API promises
|  |- UnsafeSource            an address or origin that this connection must not talk to
|  `- ContractBroken          the connector broke its contract with the core
|- EvaluationError            measurements are there but make no value
|- StoreError                 the database is missing, locked by another process, or too old
|- ServerError                the syncd that `--server` names did not answer, or refused
`- DeliveryError              a webhook could not be delivered
   |- EndpointUnavailable     no answer, a timeout, 5xx, 429
   |- EndpointRefused         any other answer that is not 2xx
   |- EndpointGone            410: the consumer wants no more
   `- UnsafeTarget            an address that syncd must not dial

`code` is stable: logs, metrics, `--json`, webhooks and the docs use the same word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

Actor = Literal["operator", "author", "receiver", "nobody"]

FOREIGN_TEXT_LIMIT = 200
"""Characters of somebody else's text (a response body, a cell) that a message may carry."""


def excerpt(text: str, limit: int = FOREIGN_TEXT_LIMIT) -> str:
    """`text` on one line, cut to `limit` characters, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class SyncdError(Exception):
    """Base of all. `str(error)` says what and where; `hint` says what to do next.

    Args:
        message: One sentence; never a secret, at most 200 characters of foreign text.
        code: Overrides the class's stable code where a finer one exists.
        hint: What the `actor` can do about it.
    """

    code: str = "error"
    actor: Actor = "nobody"
    retryable: ClassVar[bool] = False
    actors: ClassVar[Mapping[str, Actor]] = {}
    """Finer codes of the class that are somebody else's to mend."""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.actor = self.actors.get(self.code, type(self).actor)
        self.hint = hint


class ConfigError(SyncdError):
    code = "config_error"
    actor = "operator"


class SettingsError(ConfigError):
    code = "settings_error"


class MappingError(ConfigError):
    """A mistake in a YAML file, at a place that an editor can jump to."""

    code = "mapping_error"

    def __init__(
        self,
        message: str,
        *,
        path: str,
        line: int,
        column: int,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.path, self.line, self.column = path, line, column

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.args[0]}"


class ConnectorNotFound(ConfigError):
    code = "connector_not_found"


class SourceError(SyncdError):
    """A query could not be answered. Raised, it stands for the whole batch; in a `Failure`, for one query."""

    code = "source_error"
    of_values: ClassVar[frozenset[str]] = frozenset()
    """Finer codes of the class for a source that answers as it should, and has no number to tell."""

    @property
    def is_of_a_value(self) -> bool:
        return self.code in self.of_values


class Unauthorized(SourceError):
    """The credential is missing, wrong, expired, or may not see this."""

    code = "unauthorized"
    actor = "operator"


class QueryRejected(SourceError):
    """The source refuses this one query; another one may be fine."""

    code = "query_rejected"
    actor = "operator"
    of_values = frozenset({"empty", "nothing_to_share"})


class RateLimited(SourceError):
    """`retry_after_s`: seconds from now before which asking again is pointless; None if not said."""

    code = "rate_limited"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retry_after_s = retry_after_s


class SourceUnavailable(SourceError):
    """Down, unreachable, too slow, or cut short; a later try may succeed."""

    code = "source_unavailable"
    retryable = True


class MalformedResponse(SourceError):
    """An answer that is not what the source's API promises, or holds no number where one is meant.

    The first is for the connector's author; what people wrote into a cell or a field is for those
    who may write there, and so for the operator.
    """

    code = "malformed_response"
    actor = "author"
    actors: ClassVar[Mapping[str, Actor]] = {
        "empty_cell": "operator",
        "empty_range": "operator",
        "empty": "operator",
        "not_a_number": "operator",
        "cell_error": "operator",
        "cell_loading": "nobody",
    }
    of_values = frozenset(actors)


class UnsafeSource(SourceError):
    """`UnsafeTarget`'s sibling: there syncd pushes, here it pulls."""

    code = "unsafe_target"
    actor = "operator"


class ContractBroken(SourceError):
    """The connector broke its contract with the core: a defect of the connector."""

    code = "contract_broken"
    actor = "author"


class EvaluationError(SyncdError):
    code = "evaluation_error"
    actor = "operator"


class StoreError(SyncdError):
    code = "store_error"
    actor = "operator"


class ServerError(SyncdError):
    """Another syncd, asked over its API, did not answer, or refused: then it has the code of its problem."""

    code = "server_error"
    actor = "operator"


class DeliveryError(SyncdError):
    code = "delivery_error"


class EndpointUnavailable(DeliveryError):
    code = "endpoint_unavailable"
    actor = "receiver"
    retryable = True


class EndpointRefused(DeliveryError):
    code = "endpoint_refused"
    actor = "receiver"
    retryable = True


class EndpointGone(DeliveryError):
    code = "endpoint_gone"
    actor = "receiver"


class UnsafeTarget(DeliveryError):
    code = "unsafe_target"
    actor = "operator"

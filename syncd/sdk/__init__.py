"""The connector contract: the only stable API for packages that are not syncd's own.

Public names are resolved on first use, so that importing one submodule (the domain does)
drags in no HTTP library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncd.egress.wire import Wire as Wire
    from syncd.errors import ContractBroken as ContractBroken
    from syncd.errors import MalformedResponse as MalformedResponse
    from syncd.errors import QueryRejected as QueryRejected
    from syncd.errors import RateLimited as RateLimited
    from syncd.errors import SourceError as SourceError
    from syncd.errors import SourceUnavailable as SourceUnavailable
    from syncd.errors import Unauthorized as Unauthorized
    from syncd.errors import excerpt as excerpt
    from syncd.sdk.answers import Answers as Answers
    from syncd.sdk.ask import Ask as Ask
    from syncd.sdk.ask import QueryText as QueryText
    from syncd.sdk.ask import Window as Window
    from syncd.sdk.hooks import Hint as Hint
    from syncd.sdk.hooks import Hooks as Hooks
    from syncd.sdk.hooks import is_signed as is_signed
    from syncd.sdk.measurement import Answer as Answer
    from syncd.sdk.measurement import Failure as Failure
    from syncd.sdk.measurement import Instants as Instants
    from syncd.sdk.measurement import Measurement as Measurement
    from syncd.sdk.measurement import Query as Query
    from syncd.sdk.plugin import ConnectionConfig as ConnectionConfig
    from syncd.sdk.plugin import Connector as Connector
    from syncd.sdk.plugin import Item as Item
    from syncd.sdk.plugin import Plugin as Plugin
    from syncd.sdk.strict import NotStrict as NotStrict
    from syncd.sdk.strict import parse_object as parse_object

_WHERE = {
    "Answer": "syncd.sdk.measurement",
    "Answers": "syncd.sdk.answers",
    "Ask": "syncd.sdk.ask",
    "ConnectionConfig": "syncd.sdk.plugin",
    "Connector": "syncd.sdk.plugin",
    "ContractBroken": "syncd.errors",
    "Failure": "syncd.sdk.measurement",
    "Hint": "syncd.sdk.hooks",
    "Hooks": "syncd.sdk.hooks",
    "Instants": "syncd.sdk.measurement",
    "Item": "syncd.sdk.plugin",
    "MalformedResponse": "syncd.errors",
    "Measurement": "syncd.sdk.measurement",
    "NotStrict": "syncd.sdk.strict",
    "Plugin": "syncd.sdk.plugin",
    "Query": "syncd.sdk.measurement",
    "QueryRejected": "syncd.errors",
    "QueryText": "syncd.sdk.ask",
    "RateLimited": "syncd.errors",
    "SourceError": "syncd.errors",
    "SourceUnavailable": "syncd.errors",
    "Unauthorized": "syncd.errors",
    "Window": "syncd.sdk.ask",
    "Wire": "syncd.egress.wire",
    "excerpt": "syncd.errors",
    "is_signed": "syncd.sdk.hooks",
    "parse_object": "syncd.sdk.strict",
}

__all__ = sorted(_WHERE)  # noqa: PLE0605  # one list, kept in one place


def __getattr__(name: str) -> Any:  # Any: the module's attributes are of every type
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value

"""Which queries a hint can have touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from syncd.okr.definition import Mappings, QueryKey
from syncd.store.hints import ANYTHING

# Any: a connector's own query model.
Touches = Callable[[str, Any], Collection[str] | None]
"""Connection and question -> routing keys of what its answer depends on; None: of anything."""


def anything(connection: str, ask: Any) -> None:  # Any: as in `Touches`
    """Where nobody knows, any hint may have touched any query."""


def hinted(mappings: Mappings, hints: Mapping[str, Collection[str]], touches: Touches) -> set[QueryKey]:
    """Queries that the hints can have touched.

    Args:
        hints: Connection -> routing keys that hooks named.
    """
    return {
        key
        for key, asked in mappings.queries.items()
        if (named := hints.get(key.connection)) and _is_touched(touches(key.connection, asked.ask), named)
    }


def _is_touched(keys: Collection[str] | None, named: Collection[str]) -> bool:
    return keys is None or ANYTHING in named or any(key in named for key in keys)

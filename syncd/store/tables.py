"""All tables: importing this module puts each of them on the one `metadata`."""

from __future__ import annotations

from syncd.store import audit, history, meta, readings, states, syncs, versions
from syncd.store.schema import metadata

__all__ = ["audit", "history", "meta", "metadata", "readings", "states", "syncs", "versions"]

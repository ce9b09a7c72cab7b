"""All tables: importing this module puts each of them on the one `metadata`."""

from __future__ import annotations

from syncd.store import (
    audit,
    channels,
    cycles,
    deliveries,
    endpoints,
    events,
    former_names,
    hints,
    history,
    idempotency,
    keys,
    meta,
    readings,
    receipts,
    secrets,
    senders,
    snapshots,
    subjects,
    sync_requests,
    syncs,
    versions,
)
from syncd.store.schema import metadata

__all__ = [
    "audit",
    "channels",
    "cycles",
    "deliveries",
    "endpoints",
    "events",
    "former_names",
    "hints",
    "history",
    "idempotency",
    "keys",
    "meta",
    "metadata",
    "readings",
    "receipts",
    "secrets",
    "senders",
    "snapshots",
    "subjects",
    "sync_requests",
    "syncs",
    "versions",
]

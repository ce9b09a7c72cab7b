"""What a store knows of itself."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from syncd.store.schema import metadata

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

EPOCH = "epoch"
"""Unix seconds when the store was created, or last restored: by it consumers tell it from an older one."""

FORMER_EPOCHS = "former_epochs"
"""Those before, as JSON."""

PRUNED = "pruned"
"""Up to where events may be missing, as JSON; a row of every store, so that it can be locked."""


def first_rows(*, epoch: int) -> dict[str, str]:
    """What every store begins with."""
    return {EPOCH: str(epoch), PRUNED: "{}"}

"""Run by Alembic, inside the transaction of whoever asked for the migration."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from syncd.store.schema import Instant
from syncd.store.tables import metadata


# Any: Alembic asks about schema items of every sort.
def render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations name plain types: what `Instant` means in a later version must not change them."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

"""What a store holds, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, Table, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.audit import audit
from syncd.store.batch import DialectName
from syncd.store.deliveries import attempts, deliveries, is_open
from syncd.store.events import events
from syncd.store.history import check_ins
from syncd.store.meta import EPOCH, meta
from syncd.store.subjects import OBJECTIVE_KIND, subjects
from syncd.store.syncs import syncs

_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOverview:
    """
    Attributes:
        revision: Of the schema.
        size: Bytes: of the file, without what is beside it; or of the whole database on a server.
        rows: What -> how many.
    """

    revision: str
    epoch: int
    size: int
    rows: Mapping[str, int]


async def overview(connection: AsyncConnection, dialect: DialectName) -> StoreOverview:
    """Counts everything: seconds in a large store."""
    on_books = subjects.c.removed_at.is_(None)
    is_objective = subjects.c.kind == OBJECTIVE_KIND
    counted = {
        "key_results": _count(subjects).where(and_(on_books, ~is_objective)),
        "objectives": _count(subjects).where(and_(on_books, is_objective)),
        "archived": _count(subjects).where(~on_books),
        "check_ins": _count(check_ins),
        "syncs": _count(syncs),
        "events": _count(events),
        "deliveries_open": _count(deliveries).where(is_open),
        "deliveries_settled": _count(deliveries).where(~is_open),
        "attempts": _count(attempts),
        "audit": _count(audit),
    }
    rows: dict[str, int] = {
        what: await connection.scalar(statement) or 0 for what, statement in counted.items()
    }
    epoch = select(meta.c.value).where(meta.c.name == EPOCH)
    return StoreOverview(
        revision=(await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one(),
        epoch=int((await connection.execute(epoch)).scalar_one()),
        size=(await connection.execute(text(_SIZE[dialect]))).scalar_one(),
        rows=rows,
    )


def _count(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)

"""Many rows in one statement: rows go to the driver as tuples, names to ask for as one JSON text.

SQLAlchemy writes each statement, with the words and types of the database; the values bypass its
work per row, which costs more than the database itself when a sync records 10,000 states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    ColumnElement,
    Insert,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.schema import to_json

DialectName = Literal["sqlite", "postgresql"]

# Any: whatever a driver binds; what belongs into a column is its table's business.
Row = tuple[Any, ...]


class Batch:
    """An insert for many rows; each row is a tuple in the order of `names`."""

    def __init__(self, statements: Mapping[str, Insert], names: Sequence[str]) -> None:
        self._statements = statements
        self._names = list(names)
        self._texts: dict[str, str] = {}

    async def run(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        if rows:
            await connection.exec_driver_sql(self._text(connection), list(rows))

    def _text(self, connection: AsyncConnection) -> str:
        name = connection.dialect.name
        if name not in self._texts:
            statement = self._statements[name]
            compiled = statement.compile(dialect=connection.dialect, column_keys=self._names)
            if compiled.positiontup != self._names:
                raise AssertionError(f"asks for {compiled.positiontup}, is given {self._names}")
            self._texts[name] = compiled.string
        return self._texts[name]


_NAMES = "names"


def adding(table: Table) -> Batch:
    """Adds rows: all columns of `table` but a generated key, in its order."""
    statement = table.insert().inline()
    return Batch({"sqlite": statement, "postgresql": statement}, _given(table))


def upserting(table: Table, *, by: Sequence[str], keeping: Collection[str] = ()) -> Batch:
    """Adds rows, or replaces the ones that agree in `by`: all columns but a generated key.

    Args:
        keeping: Columns that are left as they are, and have their default in a new row.
    """
    names = [name for name in _given(table) if name not in keeping]
    changing = [name for name in names if name not in by]
    on_sqlite = sqlite.insert(table).inline()
    on_postgresql = postgresql.insert(table).inline()
    return Batch(
        {
            "sqlite": on_sqlite.on_conflict_do_update(
                index_elements=by, set_={name: on_sqlite.excluded[name] for name in changing}
            ),
            "postgresql": on_postgresql.on_conflict_do_update(
                index_elements=by, set_={name: on_postgresql.excluded[name] for name in changing}
            ),
        },
        names,
    )


def is_one_of(
    columns: tuple[ColumnElement[str], ...],
    names: Iterable[tuple[str, ...]],
    *,
    dialect: DialectName,
) -> ColumnElement[bool]:
    """`columns` are one of `names`, however many: they travel as one parameter."""
    return _are_in(literal(to_json([list(name) for name in names])), columns, dialect=dialect)


def is_one_of_given(columns: tuple[ColumnElement[str], ...], *, dialect: DialectName) -> ColumnElement[bool]:
    """As `is_one_of`, for a statement that is made once; it is executed with `given(names)`."""
    return _are_in(bindparam(_NAMES, type_=Text), columns, dialect=dialect)


def given(names: Iterable[tuple[str, ...]]) -> dict[str, str]:
    return {_NAMES: to_json([list(name) for name in names])}


def _are_in(
    names: ColumnElement[str], columns: tuple[ColumnElement[str], ...], *, dialect: DialectName
) -> ColumnElement[bool]:
    places = range(len(columns))
    if dialect == "sqlite":
        listed = func.json_each(names).table_valued("value")
        asked = select(*(func.json_extract(listed.c.value, f"$[{n}]") for n in places))
    else:
        listed = func.json_array_elements(cast(names, JSON(none_as_null=True))).table_valued("value")
        asked = select(*(func.json_extract_path_text(listed.c.value, str(n)) for n in places))
    return tuple_(*columns).in_(asked)


def _given(table: Table) -> list[str]:
    return [column.name for column in table.columns if column is not table.autoincrement_column]

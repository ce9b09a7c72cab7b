"""The last good and the last bad answer of every distinct query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Double, Integer, PrimaryKeyConstraint, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import QueryKey
from syncd.okr.reading import BadRead, GoodRead, Reading
from syncd.store.batch import DialectName, Row, is_one_of, upserting
from syncd.store.facts import error_columns, from_error, to_error
from syncd.store.schema import Instant, metadata, to_micros

readings = Table(
    "readings",
    metadata,
    Column("connection", Text),
    Column("digest", Text),
    # One row per period of a rate; '' for every other query.
    Column("period", Text),
    Column("value", Double),
    Column("unit", Text),
    Column("read_at", Instant),
    Column("observed_at", Instant),
    Column("evidence_url", Text),
    Column("sample_size", Integer),
    Column("approximate", Boolean),
    Column("exact_at", Instant),
    *error_columns(),
    Column("failing_since", Instant),
    Column("failed_at", Instant),
    Column("failed_in_a_row", Integer),
    PrimaryKeyConstraint("connection", "digest", "period"),
)

_save = upserting(readings, by=("connection", "digest", "period"))


_ALL = select(readings)


class Readings:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def get(self, keys: Iterable[QueryKey] | None = None) -> dict[QueryKey, Reading]:
        """Readings of `keys`, or all; a query that was never answered is not among them."""
        wanted = _ALL
        if keys is not None:
            columns = (readings.c.connection, readings.c.digest, readings.c.period)
            wanted = wanted.where(is_one_of(columns, keys, dialect=self._dialect))
        rows = await self._connection.execute(wanted)
        return {QueryKey(*row[:3]): _to_reading(row) for row in rows}

    async def save(self, answered: Mapping[QueryKey, Reading]) -> None:
        # In one order, so that two syncs that share queries do not wait for each other in a circle.
        await _save.run(self._connection, [_to_row(key, answered[key]) for key in sorted(answered)])


def _to_row(key: QueryKey, reading: Reading) -> Row:
    good = _NO_GOOD
    if (read := reading.good) is not None:
        good = (
            read.value,
            read.unit,
            to_micros(read.read_at),
            to_micros(read.observed_at),
            read.evidence_url,
            read.sample_size,
            read.approximate,
            to_micros(read.exact_at),
        )
    bad = _NO_BAD
    if (failed := reading.bad) is not None:
        bad = (
            *from_error(failed.error),
            to_micros(failed.since),
            to_micros(failed.read_at),
            failed.in_a_row,
        )
    return (*key, *good, *bad)


_NO_GOOD: Row = (None,) * 8
_NO_BAD: Row = (None,) * 6


# Any: the columns have the types of the table above.
def _to_reading(row: Sequence[Any]) -> Reading:
    value, unit, read_at, observed_at, evidence_url, sample_size, approximate, exact_at = row[3:11]
    code, message, actor, failing_since, failed_at, failed_in_a_row = row[11:]
    good = bad = None
    if value is not None:
        good = GoodRead(
            value=value,
            unit=unit,
            read_at=read_at,
            observed_at=observed_at,
            evidence_url=evidence_url,
            sample_size=sample_size,
            approximate=approximate,
            exact_at=exact_at,
        )
    if (error := to_error(code, message, actor)) is not None:
        bad = BadRead(error=error, since=failing_since, read_at=failed_at, in_a_row=failed_in_a_row)
    return Reading(good=good, bad=bad)

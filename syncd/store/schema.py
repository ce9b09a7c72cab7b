"""What all tables share: one metadata with stable constraint names, and times that stay in UTC."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import overload

from sqlalchemy import BigInteger, Column, Dialect, Integer, MetaData, types

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(types.TypeDecorator[datetime]):
    """An aware datetime, kept as integer microseconds since 1970 UTC.

    One integer sorts and compares alike on SQLite and PostgreSQL, and has no zone to lose.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return to_instant(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Facts that nobody searches by, as one text; made once, since `json.dumps` builds an encoder per call."""


@overload
def to_micros(value: datetime) -> int: ...
@overload
def to_micros(value: datetime | None) -> int | None: ...
def to_micros(value: datetime | None) -> int | None:
    """What an `Instant` column holds, for rows that go to the driver as they are.

    Raises:
        ValueError: The time has no zone.
    """
    if value is None:
        return None
    if value.utcoffset() is None:
        raise ValueError(f"{value!r} has no zone")
    return (value - _EPOCH) // _MICROSECOND


@overload
def to_instant(micros: int) -> datetime: ...
@overload
def to_instant(micros: int | None) -> datetime | None: ...
def to_instant(micros: int | None) -> datetime | None:
    """The time that an `Instant` column means."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def generated_key(name: str) -> Column[int]:
    """A primary key that the database counts up."""
    # SQLite counts only a column whose type is exactly INTEGER; it holds 64 bits there.
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)

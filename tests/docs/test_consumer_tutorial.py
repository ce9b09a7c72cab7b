"""The tutorial's consumers run as they are printed, and take what is sent by hand as it is printed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncd.client import NotTaken
from syncd.client import __all__ as names
from tests.consumers import node
from tests.guides import ROOT, blocks, codes, page, rows, section
from tests.vectors import OTHER, SECRET

GUIDE = page("docs/consumer.md")
TUTORIAL = section(GUIDE, "A consumer in ten lines")


@pytest.mark.parametrize("tool", ["curl", "openssl", "od"])
def test_what_the_tutorial_needs_is_there(tool: str) -> None:
    if shutil.which(tool) is None and os.environ.get("SYNCD_CI") != "1":
        pytest.skip(f"{tool} is absent")
    assert shutil.which(tool)


@contextmanager
def serving(command: Sequence[str], folder: Path) -> Iterator[str]:
    """The consumer as a process of its own; its URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        port = holder.getsockname()[1]
    environ = {**os.environ, "WEBHOOK_SECRET": SECRET, "PORT": str(port), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(500):
            assert process.poll() is None, process.stderr and process.stderr.read()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)  # until it listens: another process, which takes its time to start
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def delivered(url: str, *, secret: str = SECRET) -> str:
    """What the lines for the shell print."""
    (script,) = blocks(TUTORIAL, "sh deliver.sh")
    if not all(map(shutil.which, ("curl", "openssl", "od"))):
        pytest.skip("curl, openssl or od is absent")
    environ = {**os.environ, "URL": f"{url}/hooks", "WEBHOOK_SECRET": secret, "no_proxy": "*"}
    told = subprocess.run(["sh", "-euc", script], env=environ, capture_output=True, text=True, check=True)
    return told.stdout.strip()


def test_the_consumer_in_python_takes_what_is_sent_by_hand_and_keeps_it(tmp_path: Path) -> None:
    (program,) = blocks(TUTORIAL, "python consumer.py")
    (tmp_path / "consumer.py").write_text(program)

    with serving([sys.executable, "consumer.py"], tmp_path) as url:
        told = [delivered(url), delivered(url), delivered(url, secret=OTHER)]

    assert told == ["204", "204", "400"]
    with closing(sqlite3.connect(tmp_path / "okrs.db")) as connection:
        kept = connection.execute("SELECT instance, cycle, id, data FROM okrs").fetchall()
    assert [row[:3] for row in kept] == [("by-hand", "2026-Q4", "product/a/b")]
    assert json.loads(kept[0][3])["key_result"]["current"] == 7


def test_the_consumer_in_javascript_does_the_same(tmp_path: Path) -> None:
    (program,) = blocks(TUTORIAL, "js consumer.mjs")
    (tmp_path / "consumer.mjs").write_text(program)
    shutil.copy(ROOT / "clients" / "javascript" / "syncd.mjs", tmp_path)

    with serving([node(), "consumer.mjs"], tmp_path) as url:
        told = [delivered(url), delivered(url), delivered(url, secret=OTHER)]
        with urllib.request.urlopen(url) as answer:
            kept = json.load(answer)

    assert told == ["204", "204", "400"]
    assert [(key, data["key_result"]["current"]) for key, data in kept] == [
        ('["by-hand","2026-Q4","product/a/b"]', 7)
    ]


def test_every_refusal_stands_in_the_guide_with_its_code_and_answer() -> None:
    told = {name: cells for cells in rows(TUTORIAL) for name in codes(cells[0])}

    for refusal in leaves(NotTaken):
        assert refusal.__name__ in names
        assert refusal.code in codes(told[refusal.__name__][1])
        assert told[refusal.__name__][2].startswith(str(refusal.status))


def leaves(kind: type[NotTaken]) -> list[type[NotTaken]]:
    below = [leaf for each in kind.__subclasses__() for leaf in leaves(each)]
    return below or [kind]

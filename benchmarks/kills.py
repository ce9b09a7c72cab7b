"""300 kills: `python -m benchmarks.kills --kills 300`, half on SQLite and half on PostgreSQL.

Processes publish, deliver and settle, and are killed with SIGKILL; the judge of the tests compares
what was published, acknowledged and received.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from tests.histories import verdict
from tests.killing import Life, live
from tests.servers import postgres_server

COLUMNS = ("", "kills", "events", "deliveries sent", "sent again", "effects", "broken promises", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="in all, over both databases")
    parser.add_argument("--seed", type=int, default=1, help="who is killed, and when")
    given = parser.parse_args()

    table = Table(*COLUMNS, title=machine(), title_justify="left")
    broken: list[str] = []
    for name, kills in (("SQLite", given.kills - given.kills // 2), ("PostgreSQL", given.kills // 2)):
        started = time.perf_counter()
        life = on_sqlite(kills, given.seed) if name == "SQLite" else on_postgresql(kills, given.seed)
        found = [*verdict(life.history), *["an effect was done twice"] * life.duplicated_effects]
        broken += found
        sent = len(life.history.received)
        counts = (life.kills, life.events, sent, life.duplicates, len(life.effects), len(found))
        table.add_row(name, *map(str, counts), f"{time.perf_counter() - started:.0f}")
    Console(width=120).print(table)
    if broken:
        sys.exit("\n".join(broken))


def on_sqlite(kills: int, seed: int) -> Life:
    with tempfile.TemporaryDirectory(prefix="syncd-kills-") as folder:
        return live(f"sqlite:///{folder}/syncd.db", Path(folder), kills=kills, seed=seed)


def on_postgresql(kills: int, seed: int) -> Life:
    with tempfile.TemporaryDirectory(prefix="syncd-kills-") as folder, postgres_server() as server:
        return live(server.url, Path(folder), kills=kills, seed=seed)


if __name__ == "__main__":
    main()

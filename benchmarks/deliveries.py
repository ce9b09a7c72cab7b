"""Every figure of docs/guarantees.md but the kills: `python -m benchmarks.deliveries`, on a machine at rest.

A quarter of an hour. The kills are `python -m benchmarks.kills`.
"""

from __future__ import annotations

import argparse
import json
import logging

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks import drain, latency, promises
from benchmarks.figure import show
from benchmarks.machine import machine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000, help="how many are drained in a round")
    parser.add_argument("--rounds", type=int, default=5, help="of draining; four times as many of syncs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()

    # What syncd logs stands in nobody's table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    counted = promises.counted()
    figures = drain.figures(deliveries=given.deliveries, rounds=given.rounds)
    figures += latency.figures(rounds=4 * given.rounds)
    if given.json:
        rows = [figure.row() for figure in figures]
        print(json.dumps({"machine": machine(), "figures": rows, "counted": dict(counted)}, indent=2))
        return
    show(figures, counted=(), machine=machine())
    table = Table("promise", "counted", title_justify="left")
    for promise, found in counted:
        table.add_row(promise, found)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

"""`python -m benchmarks`: prints every figure with its floor, ratio and aim."""

from __future__ import annotations

import argparse
import json

from benchmarks import drain, hooks, latency, size, start
from benchmarks.figure import show
from benchmarks.machine import machine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--key-results", type=int, default=10_000, help="how many one sync records")
    parser.add_argument("--deliveries", type=int, default=10_000, help="how many are drained")
    parser.add_argument(
        "--rounds", type=int, default=5, help="of the sync; its start is measured 4 times as often"
    )
    parser.add_argument("--hooks", type=int, default=200, help="how many hooks are sent, one after another")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()

    figures, counted = size.figures(key_results=given.key_results, rounds=given.rounds)
    figures += start.figures(rounds=4 * given.rounds)
    figures += drain.figures(deliveries=given.deliveries, rounds=given.rounds)
    figures += latency.figures(rounds=4 * given.rounds)
    figures += hooks.figures(rounds=given.hooks)
    if given.json:
        rows = [figure.row() for figure in figures]
        print(json.dumps({"machine": machine(), "figures": rows, "counted": dict(counted)}, indent=2))
    else:
        show(figures, counted=counted, machine=machine())


if __name__ == "__main__":
    main()

"""From a change in a source to the verified delivery, woken by `syncd sync`, beside the bare hops.

The bare hops are an interpreter that asks the source once and posts to the consumer once. Sources
and consumer are those of the tests, behind real sockets.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure
from tests.installations import ENVIRON, SPREADSHEET, Site, a_site, sources

BARE = """
import sys, urllib.error, urllib.request
for request in sys.argv[1], urllib.request.Request(sys.argv[2], data=b"{}", method="POST"):
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:  # asked without a credential, posted without a signature
        error.read()
"""


def figures(*, rounds: int) -> list[Figure]:
    os.environ |= ENVIRON
    with sources() as running, tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        running.reset()
        site = a_site(Path(folder), running)
        site.run_alone("apply")
        site.run_alone("sync")
        turns = [by_turns(site, number) for number in range(rounds + 1)]
        pairs = turns[1:]  # the first one reads what nobody had read yet
    ours, floor = [a for a, _ in pairs], [b for _, b in pairs]
    name = "a change, `syncd sync`, its verified delivery"
    return [
        Figure(name=f"{name}: p50", ours_s=ours, floor_s=floor),
        Figure(name=f"{name}: p99 of {rounds}", ours_s=[p99(ours)], floor_s=[p99(floor)]),
    ]


def by_turns(site: Site, number: int) -> tuple[float, float]:
    """Seconds of ours and of the bare hops; who goes first changes."""
    if number % 2:
        floor = bare(site)
        return woken(site, number), floor
    return woken(site, number), bare(site)


def woken(site: Site, number: int) -> float:
    """Seconds from the change to the arrival of what tells it, verified."""
    site.consumer.take()
    site.set_cell("Assistant users", 6_000 + number)
    started = time.perf_counter()
    with site.spawn("sync") as process:
        while not any(event["type"] == "key_result.progressed" for event in site.consumer.events):
            if process.poll() is not None and not site.consumer.events:
                raise RuntimeError("the sync told nothing: this measures something else")
            time.sleep(0.001)
        seconds = time.perf_counter() - started
        process.communicate()
    return seconds


def bare(site: Site) -> float:
    source = f"{site.sources.urls['sheets']}/v4/spreadsheets/{SPREADSHEET}/values/Adoption"
    consumer = f"{site.sources.urls['consumer']}/hooks/syncd"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE, source, consumer], check=True)
    return time.perf_counter() - started


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]

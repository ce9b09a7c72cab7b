"""Prepares the demo for containers: a folder that all of them mount, at one and the same path.

    python -m syncd.demo.prepare /etc/syncd --jira http://jira:8080 --github http://github:8080 \\
        --google-sheets http://google-sheets:8080 --consumer http://consumer:8080 --network 10.213.77.0/24

Secrets are made here, and are nowhere else. A folder that was prepared before stays as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from syncd import bootstrap
from syncd.demo import site

STORE = "sqlite:////var/lib/syncd/syncd.db"


def main(words: Sequence[str] | None = None) -> None:
    """The command; `words` as on a command line."""
    parser = argparse.ArgumentParser(prog="python -m syncd.demo.prepare", description="Prepare the demo.")
    parser.add_argument("folder", type=Path, help="where syncd.yaml, mappings, worlds and secrets go")
    for name in ("jira", "github", "google-sheets", "consumer"):
        parser.add_argument(f"--{name}", required=True, metavar="URL", help="where syncd finds it")
    parser.add_argument("--network", required=True, action="append", help="address range of all of them")
    parser.add_argument("--store", default=STORE, help="where syncd keeps its state")
    given = parser.parse_args(words)
    addresses = site.Addresses(
        jira=given.jira, github=given.github, google_sheets=given.google_sheets, consumer=given.consumer
    )
    prepare(given.folder, addresses=addresses, networks=given.network, store=given.store)


def prepare(folder: Path, *, addresses: site.Addresses, networks: Sequence[str], store: str) -> None:
    """Writes the folder, syncd.yaml last: with it, the folder is complete."""
    if (folder / "syncd.yaml").exists():
        return
    now = bootstrap.now()
    site.write_sources(folder, secrets=site.Secrets.make(), now=now)
    site.write(folder, addresses=addresses, today=now.date(), refresh="10s", store=store, networks=networks)


if __name__ == "__main__":
    main()

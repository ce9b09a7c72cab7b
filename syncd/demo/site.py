"""The folder that a demo runs in: syncd.yaml, mappings, secrets, and the worlds of the sources."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.demo import worlds
from syncd.demo.sheets import STAFF, USAGE
from syncd.demo.tracker import EMAIL

BEFORE, AFTER = timedelta(days=40), timedelta(days=50)
"""The cycle of the mappings, around today, so that pace has something to say."""

FIRST_DAY = date(2026, 10, 1)
"""When the cycle began that the days in the mappings are written for; in the demo they move with it."""

_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")

LOOPBACK = "127.0.0.0/8"
STORE = "sqlite:///syncd.db"
ENDPOINT = "okr-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Made anew for every demo; the name of each is that of its file."""

    tracker: str
    code: str
    webhook: str
    helpdesk: str = "expired"  # the planted failure

    @classmethod
    def make(cls) -> Secrets:
        return cls(
            tracker=secrets.token_urlsafe(24),
            code=secrets.token_urlsafe(24),
            webhook="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Base URLs of the emulated sources and of the consumer."""

    jira: str
    github: str
    google_sheets: str
    consumer: str


def example_mappings() -> Path:
    """The example organisation: beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / "mappings"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "mappings"


def mappings(today: date) -> dict[str, str]:
    """The files of the example organisation by name, their days moved to the cycle around today."""
    by = today - BEFORE - FIRST_DAY

    def moved(day: re.Match[str]) -> str:
        return (date.fromisoformat(day[0]) + by).isoformat()

    return {
        path.name: _DAY.sub(moved, path.read_text()) for path in sorted(example_mappings().glob("*.yaml"))
    }


def world_file(folder: Path, connector: str) -> Path:
    """Where the emulated source of a connector finds its world."""
    return folder / "worlds" / f"{connector}.json"


def secret_file(folder: Path, name: str) -> Path:
    """Where a secret lies, by its name in `Secrets`."""
    return folder / "secrets" / name


def write_sources(folder: Path, *, secrets: Secrets, now: datetime) -> None:
    """Writes what the sources and the consumer need to start."""
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    (folder / "worlds").mkdir(exist_ok=True)
    for name, secret in asdict(secrets).items():
        _write_private(secret_file(folder, name), secret)
    for connector, world in worlds.at(0, tracker=secrets.tracker, code=secrets.code, now=now).items():
        _write_private(world_file(folder, connector), json.dumps(world))


def write(
    folder: Path,
    *,
    addresses: Addresses,
    today: date,
    refresh: str,
    store: str = STORE,
    networks: Sequence[str] = (LOOPBACK,),
) -> Path:
    """Writes syncd.yaml, the mappings and the spreadsheet's key; returns the path of syncd.yaml.

    Args:
        networks: Where sources and consumer are.
    """
    key = folder / "google-key.json"
    _write_private(key, json.dumps(service_account(addresses.google_sheets)))
    (folder / "mappings").mkdir(exist_ok=True)
    for name, text in mappings(today).items():
        (folder / "mappings" / name).write_text(text)
    path = folder / "syncd.yaml"
    found = settings(addresses, key=key, today=today, refresh=refresh, store=store, networks=list(networks))
    path.write_text(yaml.safe_dump(found, sort_keys=False))
    return path


def settings(
    addresses: Addresses, *, key: Path, today: date, refresh: str, store: str, networks: list[str]
) -> dict[str, object]:
    how_often = {"refresh": refresh, "min_interval": "0s"}
    return {
        "organisation": "acme",
        "timezone": "Europe/Berlin",
        "store": store,
        "cycles": {
            "2026-Q4": {"from": (today - BEFORE).isoformat(), "to": (today + AFTER).isoformat()},
        },
        # Two lists of their own: YAML would write one list twice as an alias.
        "allow_networks": {"connections": [*networks], "endpoints": [*networks]},
        "connections": {
            "tracker": {
                "connector": "jira",
                "url": addresses.jira,
                "email": EMAIL,
                "token": "${file:secrets/tracker}",
                **how_often,
            },
            "code": {
                "connector": "github",
                "url": addresses.github,
                "token": "${file:secrets/code}",
                **how_often,
            },
            "usage": {
                "connector": "google_sheets",
                "url": addresses.google_sheets,
                "credentials": str(key),
                "spreadsheet": USAGE,
                **how_often,
            },
            "staff": {
                "connector": "google_sheets",
                "url": addresses.google_sheets,
                "credentials": str(key),
                "spreadsheet": STAFF,
                **how_often,
            },
            "helpdesk": {
                "connector": "jira",
                "url": addresses.jira,
                "email": EMAIL,
                "token": "${file:secrets/helpdesk}",
                **how_often,
            },
        },
        "endpoints": {
            ENDPOINT: {"url": f"{addresses.consumer}/hooks/syncd", "secret": "${file:secrets/webhook}"}
        },
    }


def service_account(url: str) -> dict[str, str]:
    """A throwaway service account whose tokens come from the emulator at `url`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "syncd-demo",
        "private_key_id": secrets.token_hex(20),
        "private_key": private.decode(),
        "client_email": "syncd@syncd-demo.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)

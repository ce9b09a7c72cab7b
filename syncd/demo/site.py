"""The folder that the demo runs in: syncd.yaml, the mappings, and nothing that outlives it."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.demo.sheets import STAFF, USAGE
from syncd.demo.tracker import EMAIL

BEFORE, AFTER = timedelta(days=40), timedelta(days=50)
"""The cycle of the mappings, around today, so that pace has something to say."""

LOOPBACK = "127.0.0.0/8"
ENDPOINT = "okr-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Made anew for every run."""

    tracker: str
    code: str
    webhook: str

    @classmethod
    def make(cls) -> Secrets:
        return cls(
            tracker=secrets.token_urlsafe(24),
            code=secrets.token_urlsafe(24),
            webhook="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        )

    def environ(self) -> Mapping[str, str]:
        return {
            "DEMO_TRACKER_TOKEN": self.tracker,
            "DEMO_CODE_TOKEN": self.code,
            "DEMO_HELPDESK_TOKEN": "expired",  # the planted failure
            "DEMO_WEBHOOK_SECRET": self.webhook,
        }


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


def write(folder: Path, *, addresses: Addresses, today: date, refresh: str) -> Path:
    """Writes syncd.yaml, the mappings and the spreadsheet's key; returns the path of syncd.yaml."""
    key = folder / "google-key.json"
    key.write_text(json.dumps(service_account(addresses.google_sheets)))
    key.chmod(0o600)
    shutil.copytree(example_mappings(), folder / "mappings", ignore=shutil.ignore_patterns("*.json"))
    path = folder / "syncd.yaml"
    path.write_text(
        yaml.safe_dump(settings(addresses, key=key, today=today, refresh=refresh), sort_keys=False)
    )
    return path


def settings(addresses: Addresses, *, key: Path, today: date, refresh: str) -> dict[str, object]:
    how_often = {"refresh": refresh, "min_interval": "0s"}
    return {
        "organisation": "acme",
        "timezone": "Europe/Berlin",
        "cycles": {
            "2026-Q4": {"from": (today - BEFORE).isoformat(), "to": (today + AFTER).isoformat()},
        },
        "allow_networks": {"connections": [LOOPBACK], "endpoints": [LOOPBACK]},
        "connections": {
            "tracker": {
                "connector": "jira",
                "url": addresses.jira,
                "email": EMAIL,
                "token": "${DEMO_TRACKER_TOKEN}",
                **how_often,
            },
            "code": {
                "connector": "github",
                "url": addresses.github,
                "token": "${DEMO_CODE_TOKEN}",
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
                "token": "${DEMO_HELPDESK_TOKEN}",
                **how_often,
            },
        },
        "endpoints": {
            ENDPOINT: {"url": f"{addresses.consumer}/hooks/syncd", "secret": "${DEMO_WEBHOOK_SECRET}"}
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

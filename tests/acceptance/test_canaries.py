"""Secrets that are planted before a run are found nowhere after it, however things fail, in any form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx

from tests.installations import (
    GITHUB_TOKEN,
    JIRA_TOKEN,
    WEBHOOK_SECRET,
    Ran,
    Site,
    eventually,
)
from tests.serving import serving

WRONG_TOKEN = "wrong/t0ken+that-is=secret-too"
SHORT_SECRET = "whsec_dG9vLXNob3J0LWFuZC1zZWNyZXQ="
PASSWORD = "pa55/word+of=the-store"
LOUD = {"SYNCD_LOG_LEVEL": "debug"}

# What speaks with sources and consumers, as processes that log everything; then the rest.
DIALLING = (
    ("check", "--live", "--json"),
    ("apply", "--json"),
    ("plan", "--json"),
    ("sync", "--json"),
    ("browse", "tracker", "fields", "--json"),
    ("measure", "tracker", 'count: "project = PHX"', "--json"),
    ("measure", "code", "count: nonsense", "--json"),
)
READING = (
    ("check", "--json"),
    ("status", "--json"),
    ("status",),
    ("explain", "stories-done", "--json"),
    ("drift", "--json"),
    ("connectors", "--json"),
    ("openapi",),
    ("cycle list", "--json"),
    ("keys list", "--json"),
)


def forms(secret: bytes) -> Iterator[bytes]:
    """As it is, quoted for URLs and JSON, in hex, and in base64 at each of its three alignments."""
    text = secret.decode("latin-1")
    yield secret
    yield from {quote(text, safe="").encode(), quote_plus(text).encode(), json.dumps(text)[1:-1].encode()}
    yield from (secret.hex().encode(), secret.hex().upper().encode())
    for shift in range(3):
        inside = base64.b64encode(b"\0" * shift + secret)
        # What of the first and last characters is the secret's alone depends on its neighbours.
        known = inside[4 if shift else 0 : -4]
        yield from (known, known.replace(b"+", b"-").replace(b"/", b"_"))


def test_secrets_are_found_in_every_form() -> None:
    secret = b"tell-nobody/of+this"
    said = [
        b"..." + secret,
        base64.b64encode(b"me:" + secret + b"."),
        base64.urlsafe_b64encode(b"x" + secret),
        secret.hex().encode(),
        quote(secret, safe="").encode(),
    ]

    assert all(found(one, [secret]) for one in said)
    assert not found(b"nothing of the kind", [secret])


def found(where: bytes, secrets: list[bytes]) -> list[bytes]:
    return [secret for secret in secrets if any(form in where for form in forms(secret))]


def test_planted_secrets_appear_nowhere(site: Site) -> None:
    secrets = planted(site)
    said: dict[str, bytes] = {}

    for command in DIALLING:
        said[" ".join(command)] = output(alone(site, command))
    created = json.loads(site.run("keys create", "canary", "--json").out)
    for command in READING:
        said[" ".join(command)] = output(site.run(*command))
    secrets.append(created["key"].encode())
    for name, command, environ in failures(site):
        ran = alone(site, command, **environ)
        said[name] = output(ran)
        assert ran.code or json.loads(ran.out)["deliveries"]["waiting"], f"{name}: nothing went wrong"
    said["serve, and the log of its database"] = served(site, created["key"])
    consumer = site.consumer
    said["webhooks"] = b"".join(consumer.bodies) + json.dumps(consumer.headers, default=dict).encode()
    for path in stored(site):
        said[path.name] = path.read_bytes()

    leaks = {name: found(text, secrets) for name, text in said.items()}
    assert {name: leaked for name, leaked in leaks.items() if leaked} == {}
    assert consumer.bodies
    assert found(said["syncd.db"], [b"stories-done"]), "this looks where something is"


def planted(site: Site) -> list[bytes]:
    key = json.loads((site.folder / "google-key.json").read_text())["private_key"]
    lines = [line.encode() for line in key.splitlines() if line and not line.startswith("-----")]
    whole = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    texts = (JIRA_TOKEN, GITHUB_TOKEN, WEBHOOK_SECRET.removeprefix("whsec_"), WRONG_TOKEN, PASSWORD)
    return [*(text.encode() for text in texts), SHORT_SECRET.removeprefix("whsec_").encode(), whole, *lines]


def failures(site: Site) -> Iterator[tuple[str, tuple[str, ...], dict[str, str]]]:
    """One after the other, what goes wrong where a secret is at hand; each is mended before the next."""
    yield "a wrong token", ("sync", "--json"), {"JIRA_TOKEN": WRONG_TOKEN}
    site.fail(site.sources.jira, "/", 503)
    yield "a source that is down", ("sync", "--json"), {}
    site.sources.jira.faults = []
    site.fail(site.sources.sheets, "/token", 401, body='{"error": "invalid_grant"}')
    yield "a service account that is refused", ("sync", "--json"), {}
    site.sources.sheets.faults = []
    site.set_cell("Active customers", 9_999)
    yield "a secret that is none", ("sync", "--json"), {"OKR_STORE_SECRET": SHORT_SECRET}
    site.consumer.status = lambda _: 500
    yield "a consumer that fails", ("sync", "--json"), {}
    site.consumer.status = lambda _: 204
    before = site.settings["store"]
    site.settings["store"] = "${STORE_URL}"
    site.write_settings()
    url = f"postgresql://syncd:{quote(PASSWORD, safe='')}@127.0.0.1:1/okr"
    yield "a database that is not there", ("status", "--json"), {"STORE_URL": url}
    yield "a database of a kind that is none", ("status",), {"STORE_URL": f"mysql://u:{PASSWORD}@host/x"}
    site.settings["store"] = before
    site.write_settings()


def served(site: Site, key: str) -> bytes:
    """What `serve` says while it is asked, by who may and by who may not."""
    with serving(site) as process:
        for token in (key, f"{key}x", WRONG_TOKEN):
            answer = httpx.get(
                f"{process.url}/api/v1/key-results",
                headers={"authorization": f"Bearer {token}"},
                trust_env=False,
            )
            process.lines.append(answer.text)
        eventually(lambda: (site.folder / "syncd.db-wal").stat().st_size)
        log = (site.folder / "syncd.db-wal").read_bytes()
        process.stop()
    return "".join(process.lines).encode() + log


def alone(site: Site, command: tuple[str, ...], **environ: str) -> Ran:
    """The command as a process that logs everything."""
    return site.run_alone(*command, **LOUD, **environ)


def output(ran: Ran) -> bytes:
    return (ran.out + ran.err).encode()


def stored(site: Site) -> list[Path]:
    """Every file of the installation but the service account's key itself."""
    return [path for path in site.folder.rglob("*") if path.is_file() and path.name != "google-key.json"]

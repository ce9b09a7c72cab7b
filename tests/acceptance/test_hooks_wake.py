"""A change at GitHub, its hook, a signed delivery: through a real `serve`, over real sockets."""

from __future__ import annotations

import httpx

from tests.installations import Site, eventually
from tests.serving import serving
from tests.signing import VENDORS_SECRET, an_issue_of, from_github, to_bytes


def with_hooks(site: Site) -> None:
    site.settings["connections"]["code"] |= {
        "refresh": "1h",
        "min_interval": "0s",
        "hook_secret": "${CODE_HOOK_SECRET}",
    }
    site.write_settings()


def close_a_bug(site: Site) -> None:
    issues = site.sources.github.world["repos"]["acme/app"]["issues"]
    issues[0] |= {"state": "closed", "closed_at": "2026-10-20T08:00:00Z"}


def heard_of(site: Site, name: str) -> list[object]:
    """The numbers that the consumer was told."""
    told = [event["data"].get("key_result") or {} for event in site.consumer.events]
    return [one["current"] for one in told if one.get("id", "").endswith(name) and one["current"] is not None]


def send(url: str, *, delivery: str, repo: str = "acme/app", secret: str = VENDORS_SECRET) -> int:
    body = to_bytes(an_issue_of(repo))
    headers = from_github(body, delivery=delivery, secret=secret)
    return httpx.post(f"{url}/hooks/code", content=body, headers=headers).status_code


def test_a_hook_brings_a_change_to_the_consumer_long_before_the_next_refresh(site: Site) -> None:
    with_hooks(site)
    with serving(site, CODE_HOOK_SECRET=VENDORS_SECRET) as served:
        eventually(lambda: heard_of(site, "/open-bugs") and heard_of(site, "/adoption"))
        site.consumer.take()
        site.sources.sheets.exchanges.clear()
        close_a_bug(site)

        forged = send(served.url, delivery="1", secret="another")
        elsewhere = send(served.url, delivery="2", repo="acme/other")
        asked = len(site.sources.github.exchanges)
        taken = send(served.url, delivery="3")
        eventually(lambda: heard_of(site, "/open-bugs"))

        assert (forged, elsewhere, taken) == (404, 202, 202)
        assert heard_of(site, "/open-bugs") == [7]
        assert len(site.sources.github.exchanges) > asked
        assert not site.sources.sheets.exchanges
        assert site.consumer.unverified == 0


def test_the_same_hook_has_no_effect_after_a_restart(site: Site) -> None:
    with_hooks(site)
    with serving(site, CODE_HOOK_SECRET=VENDORS_SECRET) as served:
        eventually(lambda: heard_of(site, "/open-bugs"))
        send(served.url, delivery="1")
        before = len(site.sources.github.exchanges)
        eventually(lambda: len(site.sources.github.exchanges) > before)
    with serving(site, CODE_HOOK_SECRET=VENDORS_SECRET) as served:
        asked = len(site.sources.github.exchanges)

        assert send(served.url, delivery="1") == 202
        assert send(served.url, delivery="2") == 202
        eventually(lambda: len(site.sources.github.exchanges) > asked)

        assert len(site.sources.github.exchanges) - asked == 1

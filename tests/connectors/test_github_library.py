"""PyGithub under our hand: these tests notice when the library changes what we rely on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from github import Auth, Github

from connectors.github import plugin
from connectors.github.config import GitHubConfig, graphql_url, web_url
from connectors.github.emulator import make
from connectors.github.library import Library, WireConnection, mounted
from syncd.egress.wire import Wire
from syncd.errors import SourceError
from syncd.sdk.emulator import Emulator, Fault
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK, ONCE


def wire_to(url: str) -> Wire:
    return Wire(
        connection="code",
        origins=[url],
        networks=[LOOPBACK],
        read_posts=plugin.read_posts,
        rate_limit=plugin.rate_limit,
        limits=ONCE,
    )


@contextmanager
def library() -> Iterator[tuple[Library, Emulator, Wire]]:
    emulator = make()
    with serve(emulator) as url:
        wire = wire_to(url)
        config = GitHubConfig.model_validate({"url": url, "token": "github-token"})
        yield Library(config, wire), emulator, wire


def test_pygithub_makes_its_connections_where_we_think() -> None:
    requester = Github(auth=Auth.Token("t"), base_url="http://127.0.0.1:1").requester
    # Per instance, where PyGithub puts the class that it chose; another name would be no effect at all.
    assert "_Requester__connectionClass" in vars(requester)

    mounted(requester, wire_to("http://127.0.0.1:1"))

    assert isinstance(requester._Requester__createConnection(), WireConnection)


def test_everything_that_pygithub_sends_goes_through_the_wire() -> None:
    with library() as (github, emulator, wire):
        with wire.batch() as traffic:
            github.get("/user")
            github.get("/repos/acme/app/releases", {"per_page": 100})
            github.graphql("query { viewer { login } }", {})

        assert traffic.requests == len(emulator.exchanges) == 3


@pytest.mark.parametrize("status", [202, 301, 302, 403, 404, 409, 429, 500, 502, 503])
def test_pygithub_asks_once_whatever_the_answer(status: int) -> None:
    with library() as (github, emulator, _):
        emulator.faults = [
            Fault(path="/user", status=status, headers={"Retry-After": "0.01"}, body="{}", times=None)
        ]

        try:
            status_seen = github.get("/user").status
        except SourceError:
            status_seen = status

        assert status_seen == status
        assert len(emulator.exchanges) == 1


def test_pygithub_does_not_pause_between_requests() -> None:
    with library() as (github, _, _):
        settings = github._requester.kwargs

    assert settings["seconds_between_requests"] == 0
    assert settings["seconds_between_writes"] == 0
    assert settings["retry"] is None


def test_a_request_carries_token_version_and_name() -> None:
    with library() as (github, emulator, _):
        assert github.get("/user").status == 200

        (exchange,) = emulator.exchanges
    assert exchange.headers["x-github-api-version"] == "2022-11-28"
    assert exchange.headers["accept"] == "application/vnd.github+json"
    assert exchange.headers["user-agent"] == "syncd"


@pytest.mark.parametrize(
    ("url", "graphql", "web"),
    [
        ("https://api.github.com", "https://api.github.com/graphql", "https://github.com"),
        ("https://api.github.com/", "https://api.github.com/graphql", "https://github.com"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql", "https://acme.ghe.com"),
        ("https://git.acme.com/api/v3", "https://git.acme.com/api/graphql", "https://git.acme.com"),
        ("https://git.acme.com/api/v3/", "https://git.acme.com/api/graphql", "https://git.acme.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql", "http://127.0.0.1:8080"),
        ("https://acme.com/v3", "https://acme.com/v3/graphql", "https://acme.com/v3"),
        ("https://acme.com/git/api/v3", "https://acme.com/git/api/graphql", "https://acme.com/git"),
    ],
)
def test_graphql_and_pages_are_found_from_the_rest_base(url: str, graphql: str, web: str) -> None:
    config = GitHubConfig.model_validate({"url": url, "token": "t"})

    assert graphql_url(config.url) == graphql
    assert web_url(config.url) == web


@pytest.mark.parametrize(
    "url", ["api.github.com", "ftp://x", "https://", "https://x?a=1", "https://me:secret@x", "https://x:port"]
)
def test_an_address_that_is_no_base_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        GitHubConfig.model_validate({"url": url, "token": "t"})


def test_an_empty_token_is_refused() -> None:
    with pytest.raises(ValueError, match="token"):
        GitHubConfig.model_validate({"token": ""})

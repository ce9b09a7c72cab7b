"""PyGithub, made to speak through our wire. The one place that knows the library's insides.

PyGithub gives addresses, authentication and encoding. Its connection classes make sessions of
their own; `WireConnection` stands in for them, per requester. Some of its manners are off, each
seen in version 2.10: a pause of 0.25 s after each request; retries that sleep until a limit resets;
a sleep and an endless repeat on 202; redirects followed without their query.
"""

from __future__ import annotations

import json
from collections.abc import ItemsView, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from github import Auth, Github
from github.Requester import Requester

from connectors.github.config import GitHubConfig, graphql_url
from syncd.sdk import MalformedResponse, Wire, excerpt

PER_PAGE = 100
# PyGithub insists on a whole number of seconds; the wire's total deadline is what ends a request.
LIBRARY_TIMEOUT_S = 60

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, of whatever status; `headers` in lower case.

    Attributes:
        data: The JSON of the body; None when there is no body, or none that is JSON.
    """

    status: int
    headers: Mapping[str, str]
    data: Any  # Any: GitHub's JSON


class Library:
    """Asks through PyGithub's requester.

    Both methods raise what the wire raises, and return every other answer, refusals too.
    """

    def __init__(self, config: GitHubConfig, wire: Wire) -> None:
        client = Github(
            auth=Auth.Token(config.token.get_secret_value()),
            base_url=config.url,
            user_agent="syncd",
            per_page=PER_PAGE,
            timeout=LIBRARY_TIMEOUT_S,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
        )
        self._requester = mounted(client.requester, wire)
        self._graphql_url = graphql_url(config.url)

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Reply:
        return self._ask("GET", path, parameters=dict(parameters or {}))

    # Any: GraphQL variables are JSON.
    def graphql(self, document: str, variables: Mapping[str, Any]) -> Reply:
        # Not `graphql_query`: it raises on partial data, and looks elsewhere for some addresses.
        return self._ask("POST", self._graphql_url, body={"query": document, "variables": dict(variables)})

    def _ask(
        self,
        verb: str,
        url: str,
        *,
        parameters: dict[str, str | int] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Reply:
        status, headers, text = self._requester.requestJson(
            verb,
            url,
            parameters=parameters,
            headers={"Accept": ACCEPT, "X-GitHub-Api-Version": API_VERSION},
            input=body,
        )
        return Reply(status=status, headers=headers, data=_parsed(text, status))


def mounted(requester: Requester, wire: Wire) -> Requester:
    """`requester`, with every connection that it makes going through `wire`."""

    def connect(host: str, port: int | None, **_settings: object) -> WireConnection:
        return WireConnection(wire, scheme=requester.scheme, host=host, port=port)

    # PyGithub can replace connection classes for the whole process only; per instance there is
    # nothing but the name-mangled attribute. A test notices when it is called something else.
    requester._Requester__connectionClass = connect  # type: ignore[attr-defined]  # see above
    return requester


class _Response:
    """What PyGithub expects of a connection's response."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self._response = response

    def getheaders(self) -> ItemsView[str, str]:
        return self._response.headers.items()

    def read(self) -> str:
        return self._response.text


class WireConnection:
    """What PyGithub expects of a connection, over a session that the wire is mounted on."""

    def __init__(self, wire: Wire, *, scheme: str, host: str, port: int | None) -> None:
        self.host = host  # PyGithub compares it before it takes a connection again
        name = f"[{host}]" if ":" in host else host
        self._base = f"{scheme}://{name}" + (f":{port}" if port else "")
        self._session = wire.session()
        self._session.auth = Requester.noopAuth  # the header is PyGithub's; no .netrc

    def request(
        self,
        verb: str,
        url: str,
        input: str | None,  # noqa: A002  # PyGithub's name
        headers: dict[str, str],
        stream: bool = False,  # noqa: FBT001, FBT002  # PyGithub's signature
    ) -> None:
        request = requests.Request(verb, self._base + url, data=input, headers=headers)
        self._pending = self._session.prepare_request(request)

    def getresponse(self) -> _Response:
        # The wire follows redirects; PyGithub would follow them without their query, and what it
        # then counts is everything instead of what was asked.
        return _Response(self._session.send(self._pending, allow_redirects=False))

    def close(self) -> None:
        self._session.close()


def _parsed(text: str, status: int) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        if status < 400:
            raise MalformedResponse(f"GitHub answered {excerpt(text)!r}, which is no JSON") from error
        return None

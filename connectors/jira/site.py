"""One Jira site, through the `jira` client library: who it is, who we are to it, and its refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

import requests
from jira import JIRA, JIRAError
from jira.resilientsession import parse_errors

from connectors.jira.answers import KnownField, KnownStatus, Myself, Named, ServerInfo, read_answer
from connectors.jira.config import JiraConfig
from syncd.sdk import (
    MalformedResponse,
    QueryRejected,
    SourceError,
    SourceUnavailable,
    Unauthorized,
    Wire,
    excerpt,
)

T = TypeVar("T")
ApiVersion = Literal["2", "3"]

GATEWAY = "api.atlassian.com"
"""Where OAuth tokens of Cloud are sent to; people browse elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Asks one site in one version of its API. Blocking; safe in several threads at once."""

    client: JIRA
    is_cloud: bool
    address: str
    """What people open in a browser."""

    @classmethod
    def find(cls, config: JiraConfig, wire: Wire) -> Site:
        """Asks what the site is: Data Center has no version 3, and Cloud is asked in no other.

        The credential would not tell: either kind takes a bearer token.
        """
        client = _client(config, wire, version="3")
        info = _server_info(client)
        if info is None or info.deployment_type != "Cloud":
            client = _client(config, wire, version="2")
            info = info or _server_info(client)
        if info is None:
            raise QueryRejected(
                f"there is no Jira at {config.url}",
                code="not_found",
                hint="`url` must be the address of the site, with its context path if it has one",
            )
        # The library looks at this to know which methods it may use; it is only set by a request
        # of its constructor, which would come before the wire is mounted.
        client.deploymentType = info.deployment_type
        at_gateway = urlsplit(config.url).hostname == GATEWAY
        address = (at_gateway and info.base_url) or config.url
        return cls(client=client, is_cloud=info.deployment_type == "Cloud", address=address)

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def myself(self) -> Myself:
        """Who we are here.

        Raises:
            Unauthorized: nobody. A site open to the public goes on answering then, with fewer
                issues: smaller numbers that look like any other.
        """
        with _translated():
            me = read_answer(Myself, self.client.myself())
        if not me.is_somebody:
            raise _not_let_in()
        return me

    def fields(self) -> list[KnownField]:
        with _translated():
            return read_answer(list[KnownField], self.client.fields())

    def statuses(self) -> list[KnownStatus]:
        return self.get(list[KnownStatus], "status")

    def versions(self, project: str) -> list[Named]:
        return self.get(list[Named], f"project/{quote(project, safe='')}/versions")

    def get(self, shape: type[T], path: str, asked: Mapping[str, Any] | None = None) -> T:
        """Any: every parameter has its own type."""
        with _translated():
            return read_answer(shape, self._session.get(self.client._get_url(path), params=asked).json())

    def post(self, shape: type[T], path: str, asked: Mapping[str, Any]) -> T:
        """POSTs that only read. The library has no method for one of them, for the others ones
        that send nulls or page until the end of the site.

        Any: every key has its own type.
        """
        with _translated():
            answer = self._session.post(self.client._get_url(path), data=json.dumps(asked))
            return read_answer(shape, answer.json())

    def link_to_jql(self, jql: str) -> str:
        return f"{self.address}/issues/?jql={quote(jql, safe='')}"

    def link_to_issue(self, key: str) -> str:
        return f"{self.address}/browse/{key}"

    @property
    def _session(self) -> requests.Session:
        return self.client._session


def _server_info(client: JIRA) -> ServerInfo | None:
    """None: this version of the API is not there."""
    try:
        with _translated():
            return read_answer(ServerInfo, client.server_info())
    except _NoSuchApi:
        return None


def _client(config: JiraConfig, wire: Wire, *, version: ApiVersion) -> JIRA:
    token = config.token.get_secret_value()
    client = JIRA(
        server=config.url,
        options={"rest_api_version": version},
        basic_auth=(config.email, token) if config.email else None,
        token_auth=None if config.email else token,
        get_server_info=False,  # it would be asked before the wire is mounted
        max_retries=0,  # the wire retries; the library would sleep, whatever Retry-After says
        logging=False,  # it logs whole bodies
    )
    wire.mount(client._session)
    client._session.hooks["response"].append(_refuse_anonymous)
    return client


# Any: requests passes a hook what its request was sent with.
def _refuse_anonymous(response: requests.Response, *_: Any, **__: Any) -> None:
    """A credential that stops being accepted may turn us into the public, without any error.

    Only headers tell then: what Seraph, Jira's login filter, says of a refused login, on answers
    with status 200 too (https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB2942093),
    and the name under which Data Center logs the request.
    """
    login = response.headers.get("X-Seraph-LoginReason", "")
    if (
        response.headers.get("X-AUSERNAME") == "anonymous"
        or "AUTHENTICATED_FAILED" in login
        or "AUTHENTICATION_DENIED" in login
    ):
        raise _not_let_in()


def _not_let_in() -> Unauthorized:
    return Unauthorized(
        "Jira does not accept the credential and answers as to an anonymous visitor",
        hint="make a new token; on Cloud, `email` must be the account that the token belongs to",
    )


class _NoSuchApi(QueryRejected):
    """404 or its like from an address of the API itself."""


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours; what the wire raises passes through."""
    try:
        yield
    except JIRAError as error:
        # The library's error carries the whole answer, which has no place in a log.
        raise _refusal(error.response) from None
    except requests.JSONDecodeError as error:
        raise MalformedResponse("Jira answered something that is not JSON") from error
    except requests.RequestException as error:
        # `from None`: the library's words may quote the header with the credential.
        raise SourceUnavailable(f"Jira cannot be asked: {type(error).__name__}") from None


def _refusal(response: requests.Response | None) -> SourceError:
    """What a refusal means. 401, 429 and 5xx never come here: they end at the wire."""
    if response is None:
        return SourceUnavailable("Jira did not answer")
    said = excerpt("; ".join(_errors(response))) or f"status {response.status_code}"
    match response.status_code:
        case 403:
            return Unauthorized(
                f"Jira does not let this account see that: {said}",
                code="forbidden",
                hint="give the account the permission to browse the project",
            )
        case 404 | 405:
            return _NoSuchApi(f"Jira has no such address: {said}", code="not_found")
        case 410:
            return MalformedResponse(
                f"this part of Jira's API is gone: {said}",
                code="api_gone",
                hint="a newer version of syncd may know what replaced it",
            )
        case _:
            return QueryRejected(f"Jira refuses the query: {said}", hint="try the JQL in Jira's own search")


def _errors(response: requests.Response) -> list[str]:
    try:
        return [str(error) for error in parse_errors(response)]
    except (TypeError, AttributeError):  # JSON, but not Jira's shape of an error
        return []

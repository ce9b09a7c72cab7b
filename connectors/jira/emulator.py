"""A Jira site to develop against: Cloud's version 3 of the API, or Data Center's version 2.

The world, all of it optional:

    deployment   "Cloud" or "Server"
    email, token what must be sent; without a token anybody may ask
    open         true: who is not let in is answered as an anonymous visitor, who sees issues
                 with `public: true` only
    account      what `myself` answers, and time_zone: where its dates are read
    now          for relative dates; the clock's when it is not there
    page         most issues on one page; short_pages: every second page is half empty
    statuses     name -> category (new, indeterminate, done), beside To Do, In Progress, Done
    projects     key -> name, and versions: project -> names, beside those in use
    fields       custom fields: [{"id": "customfield_10016", "name": "Story Points", "type": "number"}]
    issues       [{"key": "PHX-1", "id": "10001", "was": ["OLD-7"], "hidden": false, "fields": {...},
                   "changelog": [{"at": "2026-10-05T08:00:00.000+0000", "from": "To Do", "to": "Done"}]}],
                 or a map by key; `status`, `issuetype`, `fixVersions`, `parent` may be bare names
    page_of_changes  most changes on one page of logs
    short_logs   true: Data Center cuts the logs within issues
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.jira.emulated import logs
from connectors.jira.emulated.catalog import JqlError
from connectors.jira.emulated.issues import (
    CATEGORIES,
    EmulatedIssue,
    fields_of,
    issues_of,
    number_of,
    projects_of,
    shown,
    statuses_of,
    versions_of,
)
from connectors.jira.emulated.jql import search
from syncd.sdk.emulator import Emulator, World

Deployment = Literal["Cloud", "Server"]
Answerer = Callable[[Request], Awaitable[Response]]

MOST_FETCHED = 100
MOST_LOGS, MOST_LOGGED_FIELDS, MOST_CHANGES = 1_000, 10, 10_000
MOST_IDS = 5_000
"""Cloud gives more on a page when only ids are asked for."""


def make(world: World | None = None, deployment: Deployment = "Cloud") -> Emulator:
    """A fresh emulator; a `deployment` in the world wins."""
    start: World = {"deployment": deployment, "time_zone": "UTC", "issues": [], **(world or {})}
    return _Site(start).emulator


class _Site:
    def __init__(self, world: World) -> None:
        self.emulator = Emulator(
            world=world,
            routes={
                "/rest/api/3/search/approximate-count": (("POST",), self._on_cloud(self._count)),
                "/rest/api/3/search/jql": (("GET", "POST"), self._on_cloud(self._search_cloud)),
                "/rest/api/3/issue/bulkfetch": (("POST",), self._on_cloud(self._fetch)),
                "/rest/api/3/changelog/bulkfetch": (("POST",), self._on_cloud(self._changes)),
                "/rest/api/3/project/search": self._on_cloud(self._project_page),
                "/rest/webhooks/1.0/webhook": (("GET", "POST"), self._webhooks),
                "/rest/webhooks/1.0/webhook/{hook:int}": (("PUT", "DELETE"), self._webhook),
                "/rest/api/{version}/search": (("GET", "POST"), self._search_by_offset),
                "/rest/api/{version}/serverInfo": self._on_either(self._server_info, is_public=True),
                "/rest/api/{version}/myself": self._on_either(self._myself),
                "/rest/api/{version}/field": self._on_either(self._fields),
                "/rest/api/{version}/status": self._on_either(self._statuses),
                "/rest/api/{version}/project": self._on_either(self._projects),
                "/rest/api/{version}/project/{project}/versions": self._on_either(self._versions),
            },
        )

    @property
    def _world(self) -> World:
        return self.emulator.world

    @property
    def _is_cloud(self) -> bool:
        return bool(self._world.get("deployment", "Cloud") == "Cloud")

    # ---------------------------------------------------------------- who may ask for what

    def _on_cloud(self, answer: Answerer) -> Answerer:
        async def only_on_cloud(request: Request) -> Response:
            if not self._is_cloud:
                return _refused(404, "null for uri")
            return self._not_let_in(request) or await answer(request)

        return only_on_cloud

    def _on_either(self, answer: Answerer, *, is_public: bool = False) -> Answerer:
        async def in_its_version(request: Request) -> Response:
            # Cloud has both versions; what it is, is asked before anybody knows which to use.
            versions = {"3" if self._is_cloud else "2", *("2" if is_public else "")}
            if request.path_params["version"] not in versions:
                return _refused(404, "null for uri")
            return (None if is_public else self._not_let_in(request)) or await answer(request)

        return in_its_version

    def _not_let_in(self, request: Request) -> Response | None:
        if self._is_let_in(request) or (self._world.get("open") and not request.url.path.endswith("/myself")):
            return None
        return _refused(401, "Client must be authenticated to access this resource.")

    def _is_let_in(self, request: Request) -> bool:
        token = self._world.get("token")
        if token is None:
            return True
        email = self._world.get("email")
        wanted = (
            f"Basic {base64.b64encode(f'{email}:{token}'.encode()).decode()}" if email else f"Bearer {token}"
        )
        return request.headers.get("authorization") == wanted

    def _visible(self, request: Request) -> World:
        """The world as the visitor sees it."""
        return {**self._world, "anonymous": not self._is_let_in(request)}

    # ---------------------------------------------------------------- searching

    async def _count(self, request: Request) -> Response:
        asked = await request.json()
        try:
            found = search(asked.get("jql", ""), self._visible(request), bounded=True)
        except JqlError as error:
            return _refused(400, str(error))
        return JSONResponse({"count": len(found)})

    async def _search_cloud(self, request: Request) -> Response:
        asked = await _asked(request)
        try:
            found = search(asked.get("jql", ""), self._visible(request), bounded=True)
            start = _start(asked.get("nextPageToken"))
        except JqlError as error:
            return _refused(400, str(error))
        fields = asked.get("fields") or ["id"]
        most = MOST_IDS if fields == ["id"] else 100
        size = min(int(asked.get("maxResults", 50)), most, self._world.get("page", most))
        if self._world.get("short_pages") and start % 2 == 0:
            size = max(1, size // 2)
        end = start + size
        page: dict[str, Any] = {"issues": self._shown(request, found[start:end], fields)}
        if end < len(found):
            page |= {"nextPageToken": _token(end), "isLast": False}
        else:
            page |= {"isLast": True}
        return JSONResponse(page)

    async def _search_by_offset(self, request: Request) -> Response:
        if self._is_cloud:
            return _refused(
                410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
            )
        if request.path_params["version"] != "2":
            return _refused(404, "null for uri")
        refused = self._not_let_in(request)
        if refused:
            return refused
        asked = await _asked(request)
        is_checked = asked.get("validateQuery") not in (False, "false")
        try:
            found = search(
                asked.get("jql", ""), self._visible(request), bounded=False, check_values=is_checked
            )
        except JqlError as error:
            return _refused(400, str(error))
        start = int(asked.get("startAt", 0))
        size = min(int(asked.get("maxResults", 50)), self._world.get("page", 1_000))
        page = found[start : start + size]
        issues = self._shown(request, page, asked.get("fields") or ["*navigable"])
        if "changelog" in asked.get("expand", ()):
            for issue, of in zip(issues, page, strict=True):
                issue["changelog"] = logs.within_issue(of, is_cut=bool(self._world.get("short_logs")))
        return JSONResponse({"startAt": start, "maxResults": size, "total": len(found), "issues": issues})

    async def _fetch(self, request: Request) -> Response:
        asked = await request.json()
        names = asked.get("issueIdsOrKeys", [])
        if not names or len(names) > MOST_FETCHED:
            return _refused(400, f"Between 1 and {MOST_FETCHED} issue IDs or keys must be given.")
        found = [i for i in issues_of(self._visible(request)) if any(i.is_called(name) for name in names)]
        return JSONResponse({"issues": self._shown(request, found, asked.get("fields") or ["*all"])})

    async def _changes(self, request: Request) -> Response:
        asked = await request.json()
        names, fields = asked.get("issueIdsOrKeys", []), asked.get("fieldIds")
        size = int(asked.get("maxResults", 1_000))
        if not 0 < len(names) <= MOST_LOGS or len(fields or ()) > MOST_LOGGED_FIELDS or size > MOST_CHANGES:
            return _refused(400, f"Between 1 and {MOST_LOGS} issue IDs or keys must be given.")
        wanted = {str(name).upper() for name in names}
        issues = [
            issue
            for issue in issues_of(self._visible(request))
            if wanted & {issue.id, *(key.upper() for key in (issue.key, *issue.was))}
        ]
        changes = logs.changes_of(issues, fields or ())
        try:
            start = _start(asked.get("nextPageToken"))
        except JqlError as error:
            return _refused(400, str(error))
        end = start + min(size, self._world.get("page_of_changes", size))
        page: dict[str, Any] = {"issueChangeLogs": logs.in_bulk(changes[start:end])}
        return JSONResponse(page | ({"nextPageToken": _token(end)} if end < len(changes) else {}))

    def _shown(
        self, request: Request, issues: Sequence[EmulatedIssue], fields: Sequence[str]
    ) -> list[dict[str, Any]]:
        known = [field["id"] for field in fields_of(self._world)]
        return [shown(issue, fields, known=known, site=_address(request)) for issue in issues]

    # ---------------------------------------------------------------- the site itself

    async def _server_info(self, request: Request) -> Response:
        return JSONResponse(
            {
                "baseUrl": _address(request),
                "version": "1001.0.0" if self._is_cloud else "10.3.2",
                "versionNumbers": [1001, 0, 0] if self._is_cloud else [10, 3, 2],
                "deploymentType": "Cloud" if self._is_cloud else "Server",
                "serverTitle": "Emulated Jira",
            }
        )

    async def _webhooks(self, request: Request) -> Response:
        if not self._is_let_in(request):
            return _refused(401, "Client must be authenticated to access this resource.")
        there = self._world.setdefault("webhooks", [])
        if request.method == "GET":
            return JSONResponse([_shown_hook(hook) for hook in there])
        number = 1 + max((_number_of(hook) for hook in there), default=0)
        address = f"{_address(request)}/rest/webhooks/1.0/webhook/{number}"
        there.append({**(await request.json()), "self": address})
        return JSONResponse(_shown_hook(there[-1]), 201)

    async def _webhook(self, request: Request) -> Response:
        if not self._is_let_in(request):
            return _refused(401, "Client must be authenticated to access this resource.")
        there = self._world.get("webhooks", [])
        found = [hook for hook in there if _number_of(hook) == request.path_params["hook"]]
        if not found:
            return _refused(404, "There is no such webhook.")
        if request.method == "DELETE":
            there.remove(found[0])
            return Response(status_code=204)
        found[0].update(await request.json())
        return JSONResponse(_shown_hook(found[0]))

    async def _myself(self, request: Request) -> Response:
        email = self._world.get("email", "bot@acme.com")
        who = {"accountId": "5b10a2844c20165700ede21g", "accountType": "atlassian"}
        if not self._is_cloud:
            who = {"key": "JIRAUSER10100", "name": "bot"}
        return JSONResponse(
            {
                **who,
                "emailAddress": email,
                "displayName": "Key results",
                "active": True,
                "timeZone": self._world.get("time_zone", "UTC"),
                **self._world.get("account", {}),
            }
        )

    async def _fields(self, request: Request) -> Response:
        return JSONResponse(list(fields_of(self._world)))

    async def _statuses(self, request: Request) -> Response:
        return JSONResponse(
            [
                {
                    "id": str(number_of("status", name)),
                    "name": name,
                    "description": "",
                    "statusCategory": CATEGORIES[category],
                }
                for name, category in statuses_of(self._world).items()
            ]
        )

    async def _projects(self, request: Request) -> Response:
        return JSONResponse(self._listed_projects())

    async def _project_page(self, request: Request) -> Response:
        projects = self._listed_projects()
        start = int(request.query_params.get("startAt", 0))
        size = min(int(request.query_params.get("maxResults", 50)), 100)
        return JSONResponse(
            {
                "startAt": start,
                "maxResults": size,
                "total": len(projects),
                "isLast": start + size >= len(projects),
                "values": projects[start : start + size],
            }
        )

    def _listed_projects(self) -> list[dict[str, Any]]:
        return [
            {"id": str(number_of("project", key)), "key": key, "name": name}
            for key, name in projects_of(self._world).items()
        ]

    async def _versions(self, request: Request) -> Response:
        project = request.path_params["project"]
        if project not in projects_of(self._world):
            return _refused(404, f"No project could be found with key '{project}'.")
        return JSONResponse(
            [
                {"id": str(number_of("version", name)), "name": name, "archived": False, "released": False}
                for name in versions_of(self._world, project)
            ]
        )


def _number_of(hook: dict[str, Any]) -> int:
    return int(hook["self"].rpartition("/")[2])


def _shown_hook(hook: dict[str, Any]) -> dict[str, Any]:
    """As Jira tells of it: the secret is told by nobody."""
    return {name: value for name, value in hook.items() if name != "secret"}


async def _asked(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        asked: dict[str, Any] = await request.json()
        return asked
    given: dict[str, Any] = dict(request.query_params)
    for name in given.keys() & {"fields", "expand"}:
        given[name] = given[name].split(",")
    return given


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"errorMessages": [message], "errors": {}}, status)


def _address(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"start": start}).encode()).decode()


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))["start"])
    except (ValueError, KeyError, TypeError):
        raise JqlError("The provided next page token is invalid or expired.") from None


app = make()

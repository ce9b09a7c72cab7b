"""A small GitHub: GraphQL and the REST calls that the connector makes, at `/` and at `/api/v3`.

Run it with `uvicorn connectors.github.emulator:app`. What a world says: `emulated/world.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.github.emulated import graphql, rest
from connectors.github.emulated import world as content
from syncd.sdk.emulator import Emulator, Endpoint, World

DEFAULT_WORLD: World = {
    "token": "github-token",
    "repos": {
        "acme/app": {
            "stars": 128,
            "issues": [
                {"number": 1, "created_at": "2026-10-02T09:00:00Z", "labels": ["bug"], "milestone": "v1"},
                {
                    "number": 2,
                    "created_at": "2026-10-03T09:00:00Z",
                    "closed_at": "2026-10-20T09:00:00Z",
                    "labels": ["bug"],
                    "milestone": "v1",
                },
            ],
            "milestones": [{"number": 1, "title": "v1"}],
        }
    },
}


class GitHub:
    """Answers requests from the world of its emulator."""

    def __init__(self, world: World) -> None:
        self.app = Emulator(routes=self._routes(), world=world)

    def _routes(self) -> dict[str, Any]:  # Any: an endpoint, or methods and an endpoint
        routes: dict[str, Any] = {
            "/graphql": (["POST"], self._guarded(self._graphql)),
            "/api/graphql": (["POST"], self._guarded(self._graphql)),
        }
        for api in ("", "/api/v3"):
            routes[f"{api}/user"] = self._guarded(self._user)
            routes[f"{api}/rate_limit"] = self._guarded(self._rate_limit)
            repo = f"{api}/repos/{{owner}}/{{name}}"
            routes[f"{repo}/hooks"] = (["GET", "POST"], self._guarded(self._hooks))
            routes[f"{repo}/hooks/{{hook:int}}"] = (["PATCH", "DELETE"], self._guarded(self._hook))
            routes[f"{repo}/releases"] = self._guarded(self._releases)
            routes[f"{repo}/actions/runs"] = self._guarded(self._runs)
            routes[f"{repo}/actions/workflows"] = self._guarded(self._workflows)
            routes[f"{repo}/actions/workflows/{{workflow}}/runs"] = self._guarded(self._runs)
        return routes

    def _guarded(self, endpoint: Callable[[Request], Any]) -> Endpoint:
        """Token and limits first, as GitHub does."""

        async def answer(request: Request) -> Response:
            world = self.app.world
            token = world.get("token")
            if token and request.headers.get("authorization", "").partition(" ")[2] != token:
                return _said(401, "Bad credentials")
            limit = world.get("rate_limit")
            headers = _limit_headers(limit) if limit else {}
            if limit and limit.get("remaining") == 0:
                response = _over_the_limit(request)
            else:
                body = await request.json() if request.method in ("POST", "PATCH") else None
                request.state.body = body
                response = endpoint(request)
            response.headers.update(headers)
            return response

        return answer

    def _graphql(self, request: Request) -> Response:
        most = self.app.world.get("most_selections")
        if most is not None and request.state.body.get("query", "").count("\n  q") > most:
            return _said(502, "This request took too long")
        web = str(request.base_url).rstrip("/")
        return JSONResponse(graphql.answer(self.app.world, request.state.body, web=web))

    def _user(self, request: Request) -> Response:
        if self.app.world.get("is_app"):
            return _said(403, "Resource not accessible by integration")
        return _tagged(request, rest.me(self.app.world, *_addresses(request)))

    def _rate_limit(self, request: Request) -> Response:
        return _tagged(request, rest.rate_limit(self.app.world))

    def _releases(self, request: Request) -> Response:
        def listed(name: str, repo: content.Thing) -> Response:
            every = rest.releases(repo, name, *_addresses(request))
            address = str(request.url.replace(query=""))
            page, headers = rest.page_of(every, address=address, parameters=request.query_params)
            return _tagged(request, page, headers)

        return self._in_repo(request, listed)

    def _hooks(self, request: Request) -> Response:
        def answered(name: str, repo: content.Thing) -> Response:
            there = repo.setdefault("hooks", [])
            api, _ = _addresses(request)
            if request.method == "GET":
                return JSONResponse([rest.hook(hook, name, api) for hook in there])
            hook = {"id": 1 + max((hook["id"] for hook in there), default=0), **request.state.body}
            there.append(hook)
            return JSONResponse(rest.hook(hook, name, api), 201)

        return self._in_repo(request, answered)

    def _hook(self, request: Request) -> Response:
        def changed(name: str, repo: content.Thing) -> Response:
            found = [hook for hook in repo.get("hooks", ()) if hook["id"] == request.path_params["hook"]]
            if not found:
                return _said(404, "Not Found")
            if request.method == "DELETE":
                repo["hooks"].remove(found[0])
                return Response(status_code=204)
            found[0].update(request.state.body)
            return JSONResponse(rest.hook(found[0], name, _addresses(request)[0]))

        return self._in_repo(request, changed)

    def _workflows(self, request: Request) -> Response:
        return self._in_repo(
            request,
            lambda name, repo: _tagged(request, rest.workflows(repo, name, *_addresses(request))),
        )

    def _runs(self, request: Request) -> Response:
        def listed(name: str, repo: content.Thing) -> Response:
            workflow = request.path_params.get("workflow")
            if workflow is not None and not rest.has_workflow(repo, workflow):
                return _said(404, "Not Found")
            api, web = _addresses(request)
            runs = rest.workflow_runs(
                repo, name, workflow=workflow, parameters=request.query_params, api=api, web=web
            )
            return _tagged(request, runs)

        return self._in_repo(request, listed)

    def _in_repo(self, request: Request, answer: Callable[[str, content.Thing], Response]) -> Response:
        asked = f"{request.path_params['owner']}/{request.path_params['name']}"
        found = content.find_repo(self.app.world, asked)
        if found is None or found[1].get("private"):
            return _said(404, "Not Found")
        name, repo = found
        if name.lower() != asked.lower():
            moved = str(request.url).replace(f"/repos/{asked}/", f"/repos/{name}/", 1)
            return JSONResponse({"message": "Moved Permanently", "url": moved}, 301, {"Location": moved})
        return answer(name, repo)


def _addresses(request: Request) -> tuple[str, str]:
    """Base of the REST API and of the pages for people."""
    web = str(request.base_url).rstrip("/")
    return (f"{web}/api/v3" if request.url.path.startswith("/api/v3/") else web), web


def _tagged(request: Request, body: Any, headers: dict[str, str] | None = None) -> Response:
    etag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"'
    named = {"ETag": etag, **(headers or {})}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=named)
    return JSONResponse(body, headers=named)


def _said(status: int, message: str) -> JSONResponse:
    return JSONResponse(
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)},
        status,
    )


def _limit_headers(limit: content.Thing) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit.get("limit", 5_000)),
        "X-RateLimit-Remaining": str(limit.get("remaining", 5_000)),
        "X-RateLimit-Reset": str(limit.get("reset", 2_000_000_000)),
    }


def _over_the_limit(request: Request) -> Response:
    message = "API rate limit exceeded for user ID 1."
    if request.url.path.endswith("/graphql"):
        return JSONResponse({"errors": [{"type": "RATE_LIMITED", "message": message}]})
    return _said(403, message)


def make(world: World | None = None) -> Emulator:
    return GitHub(DEFAULT_WORLD if world is None else world).app


app = make()

"""REST answers, with every field that GitHub's published schemas require."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.github.emulated import search
from connectors.github.emulated import world as content
from connectors.github.emulated.world import Thing

_USER_LINKS = (
    "events",
    "followers",
    "following",
    "gists",
    "organizations",
    "received_events",
    "repos",
    "starred",
    "subscriptions",
)
_REPO_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors "
    "deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events "
    "issues keys labels languages merges milestones notifications pulls releases stargazers statuses "
    "subscribers subscription tags teams trees"
)


def me(world: Mapping[str, Any], api: str, web: str) -> Thing:
    login = world.get("login", "syncd-bot")
    return user(login, api, web) | {
        "name": None,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": content.LONG_AGO,
        "updated_at": content.LONG_AGO,
    }


def user(login: str, api: str, web: str) -> Thing:
    base = f"{api}/users/{login}"
    return {
        "login": login,
        "id": _number(login),
        "node_id": f"U_{login}",
        "avatar_url": f"{web}/{login}.png",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{web}/{login}",
        "type": "User",
        "site_admin": False,
        **{f"{link}_url": f"{base}/{link}" for link in _USER_LINKS},
    }


def rate_limit(world: Mapping[str, Any]) -> Thing:
    said = world.get("rate_limit") or {}
    most, remaining = said.get("limit", 5_000), said.get("remaining", 5_000)
    window = {
        "limit": most,
        "remaining": remaining,
        "used": most - remaining,
        "reset": said.get("reset", 2_000_000_000),
    }
    return {"resources": {"core": window, "search": window, "graphql": window}, "rate": window}


def releases(repo: Thing, name: str, api: str, web: str) -> list[Thing]:
    # GitHub lists them by the date of the commit that was tagged, newest first.
    listed = sorted(repo.get("releases", []), key=_committed_at, reverse=True)
    return [_release(release, number, name, api, web) for number, release in enumerate(listed, start=1)]


def _committed_at(release: Thing) -> str:
    return str(release.get("created_at") or release.get("published_at") or content.LONG_AGO)


def _release(release: Thing, number: int, name: str, api: str, web: str) -> Thing:
    base = f"{api}/repos/{name}/releases/{number}"
    tag = release["tag_name"]
    return {
        "id": number,
        "node_id": f"RE_{number}",
        "url": base,
        "assets_url": f"{base}/assets",
        "upload_url": f"{base}/assets{{?name,label}}",
        "html_url": f"{web}/{name}/releases/tag/{tag}",
        "tarball_url": f"{api}/repos/{name}/tarball/{tag}",
        "zipball_url": f"{api}/repos/{name}/zipball/{tag}",
        "tag_name": tag,
        "target_commitish": "main",
        "name": release.get("name", tag),
        "draft": release.get("draft", False),
        "prerelease": release.get("prerelease", False),
        "created_at": _committed_at(release),
        "published_at": release.get("published_at"),
        "author": user(name.partition("/")[0], api, web),
        "assets": [],
    }


def workflows(repo: Thing, name: str, api: str, web: str) -> Thing:
    listed = repo.get("workflows", [])
    return {
        "total_count": len(listed),
        "workflows": [
            {
                "id": flow["id"],
                "node_id": f"W_{flow['id']}",
                "name": flow["name"],
                "path": flow["path"],
                "state": "active",
                "created_at": content.LONG_AGO,
                "updated_at": content.LONG_AGO,
                "url": f"{api}/repos/{name}/actions/workflows/{flow['id']}",
                "html_url": f"{web}/{name}/blob/main/{flow['path']}",
                "badge_url": f"{web}/{name}/workflows/{flow['id']}/badge.svg",
            }
            for flow in listed
        ],
    }


def has_workflow(repo: Thing, workflow: str) -> bool:
    return any(workflow in (str(flow["id"]), _file(flow["path"])) for flow in repo.get("workflows", []))


def workflow_runs(
    repo: Thing, name: str, *, workflow: str | None, parameters: Mapping[str, str], api: str, web: str
) -> Thing:
    inside = search.range_of(parameters["created"]) if "created" in parameters else None
    chosen = [
        run
        for run in repo.get("workflow_runs", [])
        if (workflow is None or run["workflow"] == _name_of(repo, workflow))
        and parameters.get("branch") in (None, run.get("branch", "main"))
        and parameters.get("status") in (None, run.get("status", "completed"), run.get("conclusion"))
        and (inside is None or inside(content.moment(run["created_at"])))
    ]
    per_page = int(parameters.get("per_page", 30))
    page = int(parameters.get("page", 1))
    shown = chosen[(page - 1) * per_page : page * per_page]
    return {
        "total_count": len(chosen),
        "workflow_runs": [_run(run, number, name, api, web) for number, run in enumerate(shown, start=1)],
    }


def _name_of(repo: Thing, workflow: str) -> str:
    by_id = {str(flow["id"]): _file(flow["path"]) for flow in repo.get("workflows", [])}
    return by_id.get(workflow, workflow)


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _run(run: Thing, number: int, name: str, api: str, web: str) -> Thing:
    base = f"{api}/repos/{name}/actions/runs/{number}"
    sha = f"{number:040x}"
    own = _minimal_repository(name, api, web)
    return {
        "id": number,
        "node_id": f"WFR_{number}",
        "name": run["workflow"],
        "head_branch": run.get("branch", "main"),
        "head_sha": sha,
        "path": f".github/workflows/{run['workflow']}",
        "display_title": run["workflow"],
        "run_number": number,
        "event": run.get("event", "push"),
        "status": run.get("status", "completed"),
        "conclusion": run.get("conclusion"),
        "workflow_id": _number(run["workflow"]),
        "url": base,
        "html_url": f"{web}/{name}/actions/runs/{number}",
        "created_at": run["created_at"],
        "updated_at": run["created_at"],
        "pull_requests": [],
        "jobs_url": f"{base}/jobs",
        "logs_url": f"{base}/logs",
        "check_suite_url": f"{api}/repos/{name}/check-suites/{number}",
        "artifacts_url": f"{base}/artifacts",
        "cancel_url": f"{base}/cancel",
        "rerun_url": f"{base}/rerun",
        "workflow_url": f"{api}/repos/{name}/actions/workflows/{_number(run['workflow'])}",
        "head_commit": {
            "id": sha,
            "tree_id": sha,
            "message": "",
            "timestamp": run["created_at"],
            "author": None,
            "committer": None,
        },
        "repository": own,
        "head_repository": own,
    }


def _minimal_repository(name: str, api: str, web: str) -> Thing:
    base = f"{api}/repos/{name}"
    owner, _, short = name.partition("/")
    return {
        "id": _number(name),
        "node_id": f"R_{_number(name)}",
        "name": short,
        "full_name": name,
        "owner": user(owner, api, web),
        "private": False,
        "html_url": f"{web}/{name}",
        "description": None,
        "fork": False,
        "url": base,
        **{f"{link}_url": f"{base}/{link}" for link in _REPO_LINKS.split()},
    }


def _number(name: str) -> int:
    """An id that is always the same for the same name."""
    return int.from_bytes(name.encode()[-6:], "big")


def page_of(
    items: Sequence[Thing], *, address: str, parameters: Mapping[str, str]
) -> tuple[Sequence[Thing], dict[str, str]]:
    """The page that `parameters` ask for, and its Link header."""
    per_page = min(100, int(parameters.get("per_page", 30)))
    page = int(parameters.get("page", 1))
    last = max(1, -(-len(items) // per_page))
    links = []
    if page < last:
        links = [
            f'<{address}?page={page + 1}&per_page={per_page}>; rel="next"',
            f'<{address}?page={last}&per_page={per_page}>; rel="last"',
        ]
    headers = {"Link": ", ".join(links)} if links else {}
    return items[(page - 1) * per_page : page * per_page], headers


def hook(kept: Thing, repo: str, api: str) -> Thing:
    """A webhook of a repository; its secret is never told again."""
    address = f"{api}/repos/{repo}/hooks/{kept['id']}"
    return {
        "type": "Repository",
        "id": kept["id"],
        "name": "web",
        "active": kept["active"],
        "events": kept["events"],
        "config": {**kept["config"], "secret": "********"},
        "updated_at": "2026-10-01T00:00:00Z",
        "created_at": "2026-10-01T00:00:00Z",
        "url": address,
        "test_url": f"{address}/test",
        "ping_url": f"{address}/pings",
        "deliveries_url": f"{address}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }

"""What can be asked of a site, for people who write mappings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.jira.answers import Named, ProjectPage
from connectors.jira.issues import PAGES
from connectors.jira.site import Site
from syncd.sdk import Item


def browse(site: Site, about: str | None) -> Sequence[Item]:
    """`fields`, `statuses`, `projects`; else the versions of the project with that key; None: the three."""
    match about:
        case None:
            return [*_projects(site), *_statuses(site), *_fields(site)]
        case "fields":
            return list(_fields(site))
        case "statuses":
            return list(_statuses(site))
        case "projects":
            return list(_projects(site))
        case project:
            return [Item(kind="version", name=version.name) for version in site.versions(project)]


def _fields(site: Site) -> Iterator[Item]:
    for field in sorted(site.fields(), key=lambda field: field.name):
        yield Item(kind="field", name=field.name, detail=field.id)


def _statuses(site: Site) -> Iterator[Item]:
    # A status of the same name may belong to many projects.
    for name in sorted({status.name for status in site.statuses()}):
        yield Item(kind="status", name=name)


def _projects(site: Site) -> Iterator[Item]:
    for project in _read_projects(site):
        yield Item(kind="project", name=project.key, detail=project.name)


def _read_projects(site: Site) -> Iterator[Named]:
    if not site.is_cloud:
        yield from site.get(list[Named], "project")
        return
    start = 0
    for _ in range(PAGES):
        page = site.get(ProjectPage, "project/search", {"startAt": start, "maxResults": 50})
        yield from page.values
        start += len(page.values)
        if page.is_last or not page.values:
            return

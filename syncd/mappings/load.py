"""All mapping files -> one checked version of the mappings, or everything that is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncd.mappings.context import Context, Scope
from syncd.mappings.document import parse_document, read_text
from syncd.mappings.fields import Fields
from syncd.mappings.findings import Finding, Findings
from syncd.mappings.links import check_moves, check_names, link, places_of
from syncd.mappings.objectives import Draft, read_file
from syncd.mappings.queries import read_asked
from syncd.okr.definition import AskedQuery, Input, Mappings, Place
from syncd.sdk.plugin import Plugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Mapping files as read: name in messages -> text; `findings` tells of those that could not be."""

    texts: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """`mappings` is None as soon as one finding is an error.

    Attributes:
        shared: Every measurement of a file's own `measures`, used or not.
    """

    mappings: Mappings | None
    findings: tuple[Finding, ...] = ()
    shared: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedQuery:
    query: AskedQuery | None
    findings: tuple[Finding, ...] = ()


def read_mapping_files(folder: Path) -> Files:
    """Every `*.yaml` and `*.yml` below the folder, named from the folder on: `mappings/growth.yaml`."""
    findings, texts = Findings(), {}
    if not folder.is_dir():
        place = Place(path=folder.name, line=1, column=1)
        findings.error(
            place, "unreadable", f"there is no folder {str(folder)!r}", hint="syncd init makes one"
        )
        return Files(texts={}, findings=findings.all())
    for path in sorted(path for path in folder.rglob("*") if path.suffix in {".yaml", ".yml"}):
        name = path.relative_to(folder.parent).as_posix()
        text = read_text(path, name=name, findings=findings)
        if text is not None:
            texts[name] = text
    return Files(texts=texts, findings=findings.all())


def load_mappings(
    files: Files | Mapping[str, str], *, context: Context, plugins: Mapping[str, Plugin]
) -> Loaded:
    """Check the files, all of them, before a first mistake is told.

    Args:
        files: What `read_mapping_files` read, or name -> text.
        plugins: Connector name -> plugin.
    """
    given = files if isinstance(files, Files) else Files(texts=files)
    findings, drafts = Findings(), []
    for path, text in given.texts.items():
        draft = _draft(path, text, context=context, plugins=plugins, findings=findings)
        if draft is not None:
            drafts.append(draft)
    is_complete = len(drafts) == len(given.texts) and not given.findings
    places = places_of(drafts, findings)
    check_names(drafts, findings)
    check_moves(drafts, places, findings)
    linked = link(drafts, places=places, context=context, findings=findings, is_complete=is_complete)
    if findings.has_errors or given.findings:
        return Loaded(mappings=None, findings=(*given.findings, *findings.all()))
    mappings = Mappings(
        objectives=linked.objectives,
        key_results=linked.key_results,
        queries={named.query.key: named.query for draft in drafts for named in draft.queries},
        shadow=frozenset(
            [
                *(subject for subject, it in linked.objectives.items() if it.is_shadow),
                *(subject for subject, it in linked.key_results.items() if it.is_shadow),
            ]
        ),
        digest=digest_of(given.texts),
    )
    shared = tuple(named for draft in drafts for named in draft.shared)
    return Loaded(mappings=mappings, findings=findings.all(), shared=shared)


def load_query(
    text: str, *, connection: str, context: Context, plugins: Mapping[str, Plugin], cycle: str | None = None
) -> LoadedQuery:
    """One query without a file: `count: "project = PHX"`, as YAML without the `from`."""
    findings = Findings()
    node = parse_document(text, path="query", findings=findings)
    if node is None:
        return LoadedQuery(query=None, findings=findings.all())
    around = context.cycles.get(cycle) if cycle is not None else None
    scope = Scope(context=context, plugins=plugins, findings=findings, cycle=around)
    fields = Fields(node, place=node.place, findings=findings)
    query = read_asked(fields, connection_name=connection, scope=scope)
    if query is not None and query.window is not None and query.window.is_period:
        message, hint = "there is no rate around this query", "window: cycle, or two days"
        findings.error(fields.place_of("window"), "invalid_window", message, hint=hint)
    return LoadedQuery(query=None if findings.has_errors else query, findings=findings.all())


def digest_of(texts: Mapping[str, str]) -> str:
    """Of all files, names and contents; their order does not count."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        digest.update(f"{len(path.encode())} {len(texts[path].encode())} {path}\n".encode())
        digest.update(texts[path].encode())
    return digest.hexdigest()


def _draft(
    path: str, text: str, *, context: Context, plugins: Mapping[str, Plugin], findings: Findings
) -> Draft | None:
    node = parse_document(text, path=path, findings=findings)
    if node is None:
        return None
    return read_file(node, text=text, context=context, plugins=plugins, findings=findings)

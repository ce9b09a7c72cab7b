"""apply: making the files the active version."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.delivering import Delivered, deliver_due
from syncd.commands.plan import checked_files
from syncd.errors import ConfigError, StoreError
from syncd.okr.definition import NO_MAPPINGS, Mappings, Subject
from syncd.okr.lifecycle import lifecycle
from syncd.sync.settle import remove, settle
from syncd.sync.site import Site
from syncd.sync.taking_over import take_over, taken_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.store.store import Store
    from syncd.store.versions import MappingVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """`is_new`: the version differs from the one that was active. `moved`: new and old names."""

    digest: str
    is_new: bool
    objectives: int
    key_results: int
    removed: tuple[Subject, ...] = ()
    moved: tuple[tuple[Subject, Subject], ...] = ()
    deliveries: Delivered | None = field(default=None)

    def row(self) -> dict[str, Any]:  # Any: JSON
        return {
            "digest": self.digest,
            "is_new": self.is_new,
            "objectives": self.objectives,
            "key_results": self.key_results,
            "removed": [{"id": subject.id, "cycle": subject.cycle} for subject in self.removed],
            "moved": [
                {"id": new.id, "cycle": new.cycle, "from": {"id": old.id, "cycle": old.cycle}}
                for new, old in self.moved
            ],
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def apply_files(installation: Installation, *, allow_removals: bool) -> Applied:
    """Makes the files the active version, and attempts what is due to be delivered.

    A process that serves this store delivers by itself; then nothing is attempted here.

    Raises:
        InvalidFiles: the files have mistakes.
        ConfigError: `removal_not_allowed`.
        MappingError: `id_taken`.
    """
    async with await bootstrap.open_store(installation) as store:
        site = bootstrap.wire_site(installation, store)
        applied = await activate_files(installation, site, allow_removals=allow_removals)
        try:
            with bootstrap.serving(installation):
                delivered = await deliver_due(installation, store)
        except StoreError as error:
            if error.code != "store_served":
                raise
            delivered = None
    return Applied(
        digest=applied.digest,
        is_new=applied.is_new,
        objectives=applied.objectives,
        key_results=applied.key_results,
        removed=applied.removed,
        moved=applied.moved,
        deliveries=delivered,
    )


async def activate_files(installation: Installation, site: Site, *, allow_removals: bool) -> Applied:
    """One transaction: the version, the archived subjects, the states under the new definitions."""
    files, mappings = checked_files(installation)
    at = site.clock()
    async with site.store.transaction() as tx:
        await tx.cycles.closed(lock=True)  # before the rows that it moves, and with them until the end
        version = await tx.versions.active()
        if version is not None and version.digest == mappings.digest:
            return _applied(mappings, is_new=False)
        active = _readable(site, version)
        ours = await tx.states.get()
        taken = await taken_over(tx, mappings, ours=ours, senders=site.senders)
        changes = lifecycle(active, mappings, known=ours.keys() | taken.known)
        changes = replace(changes, taken_over=taken.known)
        removed = tuple(sorted(changes.removed))
        if removed and not allow_removals:
            raise ConfigError(
                f"the files no longer define {', '.join(map(str, removed[:5]))}"
                + (f" and {len(removed) - 5} more" if len(removed) > 5 else ""),
                code="removal_not_allowed",
                hint="if that is meant, run `syncd apply --allow-removals`;"
                " what only has another name says what it `was`",
            )
        author = person()
        await tx.versions.activate(files, digest=mappings.digest, at=at, by=author)
        await take_over(tx, taken, at=at)
        await tx.states.move(changes.moved, at=at)
        await remove(tx, site=site, removed=removed, version=mappings.digest, author=author)
        await tx.states.restore(changes.defined)  # one that comes back goes on with its sequence
        await tx.audit.add(
            at=at,
            actor=author,
            action="apply",
            details={
                "digest": mappings.digest,
                "removed": [str(subject) for subject in removed],
                "moved": {str(new): str(old) for new, old in sorted(changes.moved.items())},
            },
        )
        await settle(tx, site=site, mappings=mappings, lifecycle=changes, cause="apply", author=author)
    return _applied(mappings, is_new=True, removed=removed, moved=changes.moved)


def _readable(site: Site, version: MappingVersion | None) -> Mappings:
    """The version before; a version that today's settings cannot read must not block its successor."""
    try:
        return site.load(version.files) if version is not None else NO_MAPPINGS
    except ConfigError:
        return NO_MAPPINGS


def _applied(
    mappings: Mappings,
    *,
    is_new: bool,
    removed: tuple[Subject, ...] = (),
    moved: Mapping[Subject, Subject] | None = None,
) -> Applied:
    return Applied(
        moved=tuple(sorted((moved or {}).items())),
        digest=mappings.digest,
        is_new=is_new,
        objectives=len(mappings.objectives),
        key_results=len(mappings.key_results),
        removed=removed,
    )


def person() -> str:
    """Who runs this command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


async def has_active_version(store: Store) -> bool:
    async with store.reading() as tx:
        return await tx.versions.active_digest() is not None

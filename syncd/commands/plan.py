"""plan: what the files would change. Reads the store, writes nothing, delivers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.mappings.findings import InvalidFiles
from syncd.mappings.load import read_mapping_files
from syncd.okr.definition import NO_MAPPINGS, Mappings
from syncd.sync.preview import Preview, Recorded, preview, read_recorded

if TYPE_CHECKING:
    from syncd.sync.measure import Progress


async def preview_files(
    installation: Installation, *, recorded: bool, watch: Progress | None = None
) -> Preview:
    """Evaluates the files beside the active version; writes nothing.

    Args:
        recorded: Use stored readings alone.

    Raises:
        InvalidFiles: the files have mistakes.
        MappingError: `id_taken`.
    """
    new = checked_files(installation)[1]
    known = await _recorded(installation, new)
    return await preview(
        new,
        known,
        now=installation.clock(),
        calendar=installation.settings.calendar,
        open_connection=None if recorded else bootstrap.Connections(installation).open,
        watch=watch,
    )


async def _recorded(installation: Installation, new: Mappings) -> Recorded:
    store = await bootstrap.find_store(installation)
    if store is None:
        return Recorded(active=NO_MAPPINGS, readings={}, states={})
    async with store, store.reading() as tx:
        senders = installation.settings.senders
        return await read_recorded(tx, installation.load, new=new, senders=senders)


def mapping_texts(installation: Installation) -> dict[str, str]:
    """The mapping files, unchecked.

    Raises:
        InvalidFiles: one of them cannot be read.
    """
    files = read_mapping_files(installation.settings.mappings)
    if files.findings:
        raise InvalidFiles(files.findings)
    return dict(files.texts)


def checked_files(installation: Installation) -> tuple[dict[str, str], Mappings]:
    """The mapping files and what they say.

    Raises:
        InvalidFiles: they have mistakes.
    """
    texts, loaded = installation.load_files()
    if loaded.mappings is None:
        raise InvalidFiles(loaded.findings)
    return dict(texts), loaded.mappings

"""store new-key, store rotate-key: what seals the secrets in the store."""

from __future__ import annotations

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.people.acting import Act
from syncd.people.endpoints import reseal_all


async def rotate_key(installation: Installation) -> int:
    """Seals every secret in the store with the newest key, all or none.

    Returns:
        How many there are.

    Raises:
        SettingsError: there is no key, or none opens a secret.
        StoreError: there is no store yet.
    """
    keyring = bootstrap.keyring(installation)
    act = Act(by=person(), at=installation.clock())
    opened = await bootstrap.open_store(installation, create=False)
    async with opened as store, store.transaction() as tx:
        return await reseal_all(tx, keyring=keyring, act=act)

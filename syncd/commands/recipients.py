"""Who can be sent to: secrets and limits of the endpoints, as syncd.yaml and the store say them now."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.delivery.rate import Limits
from syncd.errors import SettingsError
from syncd.store.endpoints import KeptEndpoint
from syncd.store.secrets import SealedSecret
from syncd.store.store import Store
from syncd.webhooks.sign import Secret

log = structlog.get_logger()


class Recipients:
    """Looked up anew before every batch: a secret may be rotated at any time, by another process.

    An endpoint whose secrets cannot be had is left out: its deliveries wait, and the log says so once.

    Attributes:
        secrets: Endpoint -> what signs for it, the newest first.
        limits: Endpoint -> how much of it may be used.
    """

    def __init__(self, installation: Installation, store: Store) -> None:
        self._installation = installation
        self._store = store
        self._from_file: dict[str, Sequence[Secret]] = {}
        self._opened: dict[str, Secret] = {}
        self._told: dict[str, str] = {}
        self.secrets: dict[str, Sequence[Secret]] = {}
        self.limits: dict[str, Limits] = {}

    async def refresh(self, endpoint: str) -> None:
        async with self._store.reading() as tx:
            kept = await tx.outbox.endpoints.get(endpoint)
            sealed = await tx.secrets.of(endpoint)
        now = self._installation.clock()
        if not all(one.signs(now) for one in sealed):
            async with self._store.transaction() as tx:
                await tx.secrets.erase_ended(now=now)
        try:
            if kept is None or kept.is_removed:
                self.secrets.pop(endpoint, None)
                return
            signing = [one for one in sealed if one.signs(now)]
            self.secrets[endpoint] = self._secrets_of(kept, signing)
        except SettingsError as error:
            self.secrets.pop(endpoint, None)
            self._tell(endpoint, error)
        else:
            self._told.pop(endpoint, None)
            self.limits[endpoint] = kept.endpoint.limits

    def _secrets_of(self, kept: KeptEndpoint, sealed: Sequence[SealedSecret]) -> Sequence[Secret]:
        name = kept.endpoint.name
        if kept.owner == "file":
            if name not in self._from_file:
                self._from_file[name] = file_secrets(self._installation, name)
            return self._from_file[name]
        return store_secrets(self._installation, name, sealed, opened=self._opened)

    def _tell(self, endpoint: str, error: SettingsError) -> None:
        if self._told.get(endpoint) != error.code:
            self._told[endpoint] = error.code
            log.warning(
                "endpoint.waits", endpoint=endpoint, code=error.code, error=str(error), hint=error.hint
            )


def file_secrets(installation: Installation, name: str) -> Sequence[Secret]:
    """Of an endpoint of syncd.yaml, the newest first.

    Raises:
        SettingsError: What its address or its secret refers to is missing or wrong, or syncd.yaml
            does not have it.
    """
    endpoint = installation.settings.endpoints.get(name)
    if endpoint is None:
        raise SettingsError(
            f"{installation.settings.path} has no endpoint {name!r} any more", code="unknown_endpoint"
        )
    endpoint.url(installation.environ)
    return [Secret.parse(text) for text in endpoint.secrets(installation.environ)]


def store_secrets(
    installation: Installation,
    name: str,
    sealed: Sequence[SealedSecret],
    *,
    opened: dict[str, Secret] | None = None,
) -> Sequence[Secret]:
    """Of an endpoint that a person added, the newest first.

    Args:
        opened: What was opened before, by how it lies in the store; what is opened now is added.

    Raises:
        SettingsError: `missing_encryption_key`, `wrong_encryption_key`, or what an encryption key
            refers to is missing.
    """
    known = {} if opened is None else opened
    if any(one.sealed not in known for one in sealed):
        keyring = bootstrap.keyring(installation)
        for one in sealed:
            known[one.sealed] = Secret.parse(keyring.open(one.sealed))
    if not sealed:
        raise SettingsError(
            f"the store holds no secret of the endpoint {name!r}",
            code="no_secret",
            hint=f"make one: `syncd endpoints rotate {name}`",
        )
    return [known[one.sealed] for one in sealed]


def problem(
    installation: Installation, kept: KeptEndpoint, sealed: Sequence[SealedSecret]
) -> SettingsError | None:
    """Why nothing can be signed for an endpoint; None: it can."""
    try:
        if kept.owner == "file":
            file_secrets(installation, kept.endpoint.name)
        else:
            signing = [one for one in sealed if one.signs(installation.clock())]
            store_secrets(installation, kept.endpoint.name, signing)
    except SettingsError as error:
        return error
    return None

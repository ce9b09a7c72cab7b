"""One signed `ping` for an endpoint, with the secrets that it has now: for the command and for the API."""

from __future__ import annotations

from collections.abc import Sequence

from syncd import __version__
from syncd.bootstrap import Installation
from syncd.commands.recipients import file_secrets, store_secrets
from syncd.delivery.delivery import Result
from syncd.okr.event import Source
from syncd.store.endpoints import KeptEndpoint
from syncd.store.secrets import SealedSecret
from syncd.webhooks.ping import ping


async def ping_endpoint(
    installation: Installation, kept: KeptEndpoint, sealed: Sequence[SealedSecret], *, epoch: int
) -> Result:
    """
    Raises:
        SettingsError: the secret cannot be had.
    """
    from syncd.egress.http import Poster  # noqa: PLC0415  # half a second, and few processes ping

    name = kept.endpoint.name
    if kept.owner == "file":
        signing = file_secrets(installation, name)
    else:
        now = installation.clock()
        signing = store_secrets(installation, name, [one for one in sealed if one.signs(now)])
    networks = installation.settings.endpoint_networks
    async with Poster(user_agent=f"syncd/{__version__}", networks=networks) as poster:
        return await ping(
            kept.endpoint,
            poster,
            secrets=signing,
            source=Source(instance=installation.settings.instance, epoch=epoch),
            clock=installation.clock,
        )

"""Secrets as they lie in the store: sealed, so that a copy of the database signs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_HINT = "`syncd store new-key` makes a key; name it in syncd.yaml: encryption_keys"


class Keyring:
    """What seals and opens. It never shows its keys.

    Args:
        keys: As `new_key` makes them, the newest first: that one seals, every one opens.

    Raises:
        SettingsError: `invalid_encryption_key`. The message does not repeat it.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernets = _fernets(keys)

    def seal(self, text: str) -> str:
        """
        Raises:
            SettingsError: `missing_encryption_key`.
        """
        return self._usable().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """
        Raises:
            SettingsError: `missing_encryption_key`, `wrong_encryption_key`.
        """
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  # most commands seal nothing

        try:
            return self._usable().decrypt(sealed).decode()
        except InvalidToken:
            # `from None`: nothing of a secret is in it, and nothing that helps either.
            raise SettingsError(
                "no key under `encryption_keys` opens a secret in the store",
                code="wrong_encryption_key",
                hint="put the key back that sealed it, behind the newest one",
            ) from None

    def reseal(self, sealed: str) -> str:
        """Opened, and sealed with the newest key.

        Raises:
            SettingsError: As `open`.
        """
        return self.seal(self.open(sealed))

    def _usable(self) -> MultiFernet:
        if self._fernets is None:
            raise SettingsError(
                "there is no key that seals the secrets in the store",
                code="missing_encryption_key",
                hint=_HINT,
            )
        return self._fernets


def new_key() -> str:
    """32 random bytes, as syncd.yaml's `encryption_keys` refer to them."""
    from cryptography.fernet import Fernet  # noqa: PLC0415  # as above

    return Fernet.generate_key().decode()


def _fernets(keys: Sequence[str]) -> MultiFernet | None:
    if not keys:
        return None
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # as above

    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        # `from None`: what it was made of is no part of any message.
        raise SettingsError(
            "one of `encryption_keys` is no key: it is not the url-safe base64 of 32 bytes",
            code="invalid_encryption_key",
            hint=_HINT,
        ) from None

"""How a connection to Google Sheets is configured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.google_sheets.queries import SpreadsheetId
from syncd.sdk import ConnectionConfig, Unauthorized

GOOGLE = "https://sheets.googleapis.com"
DRIVE = "https://www.googleapis.com"


class SheetsConfig(ConnectionConfig):
    """A service account that spreadsheets are shared with.

    Attributes:
        url: Base of the API.
        credentials: The service account's key: its JSON, or the path of the file with it.
        spreadsheet: Where a query reads that names none itself: an id or a link.
    """

    url: str = GOOGLE
    credentials: Annotated[SecretStr, Field(json_schema_extra={"literal_path": True})]
    spreadsheet: SpreadsheetId | None = None


class ServiceAccount(BaseModel):
    """The parts of a service account's key that are used here; Google's other keys are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    client_email: str
    private_key: SecretStr
    token_uri: str

    @property
    def info(self) -> dict[str, Any]:  # Any: google-auth takes the whole key, whatever stands in it
        return {**self.model_dump(), "private_key": self.private_key.get_secret_value()}


def service_account(config: SheetsConfig) -> ServiceAccount:
    """The key that `credentials` says.

    Raises:
        Unauthorized: It is no service account's key. The message repeats nothing of it.
    """
    given = config.credentials.get_secret_value().strip()
    text = given
    if not given.startswith("{"):
        try:
            text = Path(given).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeError, ValueError) as error:
            # The value may be a secret that was cut or pasted wrongly: it is not repeated.
            raise Unauthorized(
                "credentials: neither JSON nor a file that can be read",
                hint="give the JSON of a service account's key, or the path of its file",
            ) from error
    try:
        key = json.loads(text)
        return ServiceAccount.model_validate(key)
    except (ValueError, ValidationError):
        # `from None`: both errors quote what they were given, a private key among it.
        raise Unauthorized(
            "credentials: not a service account's key (client_email, private_key and token_uri)",
            hint="in Google Cloud: IAM, Service accounts, Keys, Add key, JSON",
        ) from None


def drive_url(config: SheetsConfig) -> str:
    """Base of the Drive API: at another host than that of Sheets, but where both are stood in for."""
    return DRIVE if config.url == GOOGLE else config.url


def origins(config: SheetsConfig) -> list[str]:
    """Of the key's `token_uri`, which is seldom that of the API, and of Drive."""
    parts = urlsplit(service_account(config).token_uri)
    return [f"{parts.scheme}://{parts.netloc}", drive_url(config)]

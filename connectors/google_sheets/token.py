"""The service account's bearer token, fetched over the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import requests
from google.auth import exceptions, transport
from google.oauth2 import service_account

from connectors.google_sheets.config import ServiceAccount
from connectors.google_sheets.refusals import error_of
from syncd.sdk import MalformedResponse, Unauthorized, excerpt

SCOPES = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
DRIVE_SCOPES = ("https://www.googleapis.com/auth/drive.metadata.readonly",)
"""To be told of changes; what changed is not told."""


class Token(requests.auth.AuthBase):
    """A bearer token, fetched by `ensure` when it is needed.

    google-auth's `AuthorizedSession` is not used: before each request it may start a thread that
    asks another Google service for regional boundaries, outside of the batch and its budget.
    """

    def __init__(
        self, account: ServiceAccount, session: requests.Session, *, scopes: Sequence[str] = SCOPES
    ) -> None:
        self._email = account.client_email
        self._request = _TokenRequest(session, email=self._email)
        try:
            self._credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth
                account.info, scopes=scopes
            )
        except (ValueError, exceptions.GoogleAuthError):
            # `from None`: the error quotes the key.
            raise Unauthorized(
                f"credentials of {self._email}: the private key cannot be read",
                hint="use the JSON file as Google gives it; line breaks in the key are written \\n",
            ) from None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._credentials.token}"
        return request

    def ensure(self) -> None:
        if not self._credentials.valid:
            self.renew()

    def renew(self) -> None:
        try:
            self._credentials.refresh(self._request)
        except exceptions.GoogleAuthError as error:
            raise MalformedResponse(f"the token endpoint gave {self._email} no token") from error


class _TokenRequest(transport.Request):
    """How google-auth asks for a token. Its own retries sleep in the thread, so it sees no refusal."""

    def __init__(self, session: requests.Session, *, email: str) -> None:
        self._session, self._email = session, email

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> transport.Response:
        response = self._session.request(method, url, data=body, headers=headers)
        if response.status_code != 200:
            error = error_of(response)
            said = excerpt(f"{error.get('message', '')} {error.get('description', '')}")
            raise Unauthorized(
                f"the token endpoint refuses {self._email}: {said or f'HTTP {response.status_code}'}",
                hint="is the service account disabled, its key deleted, or this machine's clock wrong?",
            )
        return _TokenAnswer(response)


class _TokenAnswer(transport.Response):
    def __init__(self, response: requests.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._response.content

"""What registrars of hooks share: JSON requests whose refusals say what the account needs."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from syncd.errors import QueryRejected, Unauthorized, excerpt

if TYPE_CHECKING:
    import requests


class HookApi:
    """Asks a source about its hooks.

    Args:
        session: Of the wire, with what lets us in.
        source: Its name for people.
        rights: What the account needs, and what to do without.
        forbidden: The statuses with which the source says that it does not have them.
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        source: str,
        rights: str,
        forbidden: Collection[int] = (HTTPStatus.FORBIDDEN,),
    ) -> None:
        self._session, self._source, self._rights, self._forbidden = session, source, rights, forbidden

    # Any: the source's JSON.
    def ask(self, method: str, url: str, *, about: str, json: Any = None) -> Any:
        """The answer's JSON; None where it has no body.

        Args:
            about: Whose hooks, for the message.

        Raises:
            Unauthorized: `forbidden`.
            QueryRejected: The source refuses it otherwise.
        """
        answer = self._session.request(method, url, json=json, allow_redirects=False)
        if answer.status_code in self._forbidden:
            raise Unauthorized(f"no right to the hooks of {about}", code="forbidden", hint=self._rights)
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            said = f"{answer.status_code} {excerpt(answer.text)}"
            raise QueryRejected(f"{self._source} refuses a hook of {about}: {said}")
        return answer.json() if answer.content else None

"""Hooks as GitHub, Jira and Google Drive send them: headers that prove the body."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from connectors.google_sheets.hooks import token_of

VENDORS_SECRET = "It's a Secret to Everybody"
"""Of the examples in GitHub's and Jira's documentation."""

# Any, throughout: a vendor's JSON.
Body = dict[str, Any]


def signature(body: bytes, secret: str) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def to_bytes(body: Body | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def from_github(
    body: Body | bytes, *, event: str = "issues", delivery: str = "d-1", secret: str = VENDORS_SECRET
) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": signature(to_bytes(body), secret),
    }


def from_jira(body: Body | bytes, *, delivery: str = "j-1", secret: str = VENDORS_SECRET) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-atlassian-webhook-identifier": delivery,
        "x-hub-signature": signature(to_bytes(body), secret),
    }


def from_drive(
    spreadsheet: str,
    *,
    number: int = 2,
    state: str = "update",
    channel: str = "channel-1",
    secret: str = VENDORS_SECRET,
) -> dict[str, str]:
    return {
        "x-goog-channel-id": channel,
        "x-goog-channel-token": token_of(channel, secret),
        "x-goog-message-number": str(number),
        "x-goog-resource-state": state,
        "x-goog-resource-id": "of-the-file",
        "x-goog-resource-uri": f"https://www.googleapis.com/drive/v3/files/{spreadsheet}?alt=json",
    }


def an_issue_of(repo: str = "acme/app", *, action: str = "closed", **more: Any) -> Body:
    return {"action": action, "issue": {"number": 1}, "repository": {"full_name": repo}, **more}


def an_issue_in(project: str, *, number: int = 1, event: str = "jira:issue_updated", **more: Any) -> Body:
    named = {"key": project, "id": "10000", "name": f"The {project} project"}
    issue = {"key": f"{project}-{number}", "fields": {"project": named}}
    return {"webhookEvent": event, "issue": issue, **more}


def mixed(headers: Mapping[str, str]) -> dict[str, str]:
    """The same headers as a sender may write them."""
    return {name.title(): value for name, value in headers.items()}

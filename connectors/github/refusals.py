"""What a refusal of GitHub means: which error, whose turn it is, and what to do."""

from __future__ import annotations

from typing import Any

from connectors.github.library import Reply
from syncd.sdk import (
    MalformedResponse,
    QueryRejected,
    RateLimited,
    SourceError,
    SourceUnavailable,
    Unauthorized,
    excerpt,
)

SSO_HINT = "authorise the token for the organisation's single sign-on, under the token's settings on GitHub"
PERMISSION_HINT = "give the token read access to the repository's issues, pull requests, contents and actions"


def refusal(reply: Reply, *, about: str) -> SourceError | None:
    """The error that `reply` stands for; None when it is an answer.

    401, limits and outages never come here: the wire raises them.

    Args:
        about: What was asked, for the message, as `the releases of acme/app`.
    """
    if reply.status < 300:
        return None
    said = _message(reply.data)
    # GitHub says 403 for three things; the third, a limit, was the wire's to see.
    if reply.status == 403 and reply.headers.get("x-github-sso", "").startswith("required"):
        return Unauthorized(f"GitHub wants single sign-on for {about}", code="sso_required", hint=SSO_HINT)
    if reply.status == 403:
        return Unauthorized(f"the token may not read {about}: {said}", code="forbidden", hint=PERMISSION_HINT)
    if reply.status in (404, 410):
        return QueryRejected(
            f"GitHub knows nothing of {about}",
            code="not_found",
            hint="it was renamed, deleted or switched off, or the token may not see it",
        )
    return QueryRejected(f"GitHub refuses {about} with {reply.status}: {said}")


def graphql_refusal(reply: Reply) -> SourceError | None:
    """As `refusal`, of the one address that all counters share."""
    if reply.status in (404, 410):
        return MalformedResponse(
            f"GitHub has no GraphQL API where syncd looks for it ({reply.status})",
            code="api_gone",
            hint="is the connection's `url` right? It is https://api.github.com, or "
            "https://HOST/api/v3 of a GitHub Enterprise Server",
        )
    return refusal(reply, about="its GraphQL API")


def is_of_the_credential(error: SourceError) -> bool:
    """A 401: it is about the token, so that no other request of the connection need be made."""
    # A 403 has a code of its own and is about what was asked.
    return isinstance(error, Unauthorized) and error.code == Unauthorized.code


def ends_the_batch(error: SourceError) -> bool:
    """Whether every further request would meet the same error: a credential, a limit."""
    return isinstance(error, RateLimited) or is_of_the_credential(error)


# Any: one entry of the `errors` of a GraphQL answer, GitHub's JSON.
def graphql_error(error: dict[str, Any]) -> SourceError:
    """The error that stands in a GraphQL answer for one selection, or for all."""
    said = _message(error)
    match error.get("type"):
        case "NOT_FOUND":
            return QueryRejected(said, code="not_found")
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES" if _is_sso(error):
            return Unauthorized(said, code="sso_required", hint=SSO_HINT)
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return Unauthorized(said, code="forbidden", hint=PERMISSION_HINT)
        case "RATE_LIMITED" | "RATE_LIMIT":
            return RateLimited(said)
    if is_too_much(error):
        return SourceUnavailable(f"GitHub gave up on a query: {said}")
    return QueryRejected(f"GitHub refuses the query: {said}")


def is_too_much(error: dict[str, Any]) -> bool:
    """Whether GitHub gave up half way: a smaller request may go through."""
    if error.get("type") in ("RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"):
        return True
    # A timeout inside GitHub has no type, only a sentence; a mistake in a document has a code.
    code = error.get("extensions", {}).get("code") if isinstance(error.get("extensions"), dict) else None
    return error.get("type") is None and code is None


def _is_sso(error: dict[str, Any]) -> bool:
    extensions = error.get("extensions")
    return isinstance(extensions, dict) and extensions.get("saml_failure") is True


def _message(data: Any) -> str:
    message = data.get("message") if isinstance(data, dict) else None
    return excerpt(str(message)) if message else "no reason given"

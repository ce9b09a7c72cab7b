"""What one GraphQL answer says of each selection, and how much of it is to be believed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.github import documents
from connectors.github.documents import Selection
from connectors.github.library import Reply
from connectors.github.questions import Outcome
from connectors.github.refusals import SSO_HINT, graphql_error, graphql_refusal, is_too_much
from syncd.sdk import MalformedResponse, RateLimited, SourceError, SourceUnavailable, Unauthorized

Found = dict[Selection, Outcome]

_ABOUT_US = "rateLimit"
"""What every document asks beside its questions; no number depends on it."""


class GivenUp(SourceUnavailable):
    """GitHub did not finish this selection; with fewer beside it, it may."""


class Unsaid(SourceUnavailable):
    """GitHub took back this selection's answer because of an error in another."""


class NobodyNamed(Exception):  # it carries the error, and never leaves the connector
    """An error for which any selection may be to blame: nothing that came with it is believed."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one request found, and GitHub's own word on our budget (Any: its JSON)."""

    found: Found
    budget: Any = None


def told(reply: Reply, selections: Sequence[Selection]) -> Told:
    """An outcome for every selection; the n-th was asked under `alias(n)`.

    A field that must not be null and fails, as `search`, takes all of `data` with it. The errors
    then name what failed, and all that they do not name is `Unsaid`.

    Raises:
        NobodyNamed: The answer has an error that may be anybody's.
        SourceError: What every further request would meet.
    """
    if error := graphql_refusal(reply):
        raise error
    data, errors = _opened(reply)
    aliases = {documents.alias(number): selection for number, selection in enumerate(selections)}
    failed = _failed(errors, aliases.keys(), is_taken_back=data is None)
    found: Found = {}
    for alias, selection in aliases.items():
        if alias in failed:
            found[selection] = failed[alias]
        elif data is None:
            found[selection] = Unsaid("GitHub took this answer back because of an error in another")
        else:
            found[selection] = _said(data.get(alias), reply)
    return Told(found=found, budget=data and data.get(_ABOUT_US))


def _opened(reply: Reply) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    body = reply.data if isinstance(reply.data, dict) else {}
    data, errors = body.get("data"), body.get("errors", [])
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        raise NobodyNamed(MalformedResponse("GitHub sent errors in a form that GraphQL does not have"))
    if not errors and not isinstance(data, dict):
        raise NobodyNamed(MalformedResponse("GitHub answered a GraphQL query without data or an error"))
    return data if isinstance(data, dict) else None, errors


def _failed(
    errors: Sequence[dict[str, Any]], aliases: Collection[str], *, is_taken_back: bool
) -> dict[str, SourceError]:
    failed: dict[str, SourceError] = {}
    for error in errors:
        meant = graphql_error(error)
        if isinstance(meant, RateLimited):
            raise meant
        path = error.get("path")
        steps = path if isinstance(path, list) else []
        if not is_taken_back and steps[:1] == [_ABOUT_US]:
            continue
        # A mistake in the document has the name of the operation before the alias.
        alias = next((step for step in steps if step in aliases), None)
        if alias is None:
            raise NobodyNamed(meant)
        if is_too_much(error):
            if is_taken_back and error.get("type") is not None:
                raise NobodyNamed(meant)  # the limits are the request's, not this selection's
            meant = meant if is_taken_back else GivenUp(str(meant))
        failed.setdefault(alias, meant)
    return failed


# Any: GitHub's JSON; whoever reads the outcome checks it.
def _said(node: Any, reply: Reply) -> Outcome:
    if node is None:
        return MalformedResponse("GitHub left out an answer without a word")
    if _is_partial(reply) and isinstance(node, dict) and "issueCount" in node:
        return Unauthorized(
            "GitHub leaves out organisations that want single sign-on from its searches",
            code="sso_required",
            hint=SSO_HINT,
        )
    return node


def _is_partial(reply: Reply) -> bool:
    # X-GitHub-SSO: partial-results; organizations=1,2
    return reply.headers.get("x-github-sso", "").startswith("partial-results")

"""The way in for every request: who asks, how large and how slow, and only what is known is taken.

Order: caller, query, body; so that nobody without a key makes the server read a body.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Set
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from syncd.api.access import let_in, needs_of
from syncd.api.pace import Pace
from syncd.api.problems import MEDIA_TYPE, Mistake, Problem, ProblemBody
from syncd.api.service import Limits, service_of
from syncd.sdk.strict import NotStrict, parse_json

_CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})

_PROBLEMS = {"4XX": "the request", "5XX": "syncd"}


class StrictRequest(Request):
    """Its body is bounded in bytes and time while it comes in, and its JSON is strict."""

    limits: Limits = Limits()

    async def stream(self) -> AsyncGenerator[bytes, None]:
        limit = self.limits.body_bytes
        announced = self.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(
                415, "encoded_body", "a body is taken as it is", hint="send it without Content-Encoding"
            )
        read = 0
        chunks = super().stream()
        try:
            async with asyncio.timeout(self.limits.body_s):
                async for chunk in chunks:
                    read += len(chunk)
                    if read > limit:
                        raise _too_large(limit)
                    yield chunk
        except TimeoutError:
            raise Problem(
                408, "body_too_slow", f"the body was not there within {self.limits.body_s:g} s"
            ) from None

    async def json(self) -> Any:  # Any: JSON
        try:
            return parse_json(await self.body())
        except NotStrict as error:
            raise Problem(400, "invalid_json", str(error)) from None


class Route(APIRoute):
    """A route of the API.

    Attributes:
        body_bytes: The most that a body may have here; None: what the service says for all.
        takes_json: It reads its body itself, and that is JSON.
        takes_any_query: Callers that we do not know add query parameters of their own.
    """

    body_bytes: int | None = None
    takes_json: bool = False
    takes_any_query: bool = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # Any: FastAPI's
        handle = super().get_route_handler()
        declared = needs_of(self.dependant)
        if len(declared) != 1:
            raise RuntimeError(
                f"{self.methods} {self.path} declares {len(declared)} scopes: a route has one parameter of "
                "the type Reader, CheckInner, Admin or Anybody"
            )
        known = set(query_names(self.dependant))
        unchecked = _CONDITIONS - set(header_names(self.dependant)) if _is_write(self) else frozenset()
        takes_body = self.body_field is not None or self.takes_json

        async def strict(request: Request) -> Response:
            service = service_of(request)
            pace: Pace = request.app.state.pace
            request.state.caller = await let_in(request, needs=declared[0], service=service, pace=pace)
            if not self.takes_any_query:
                _refuse_unknown(request, known)
            _refuse_nul(request)
            _refuse_conditions(request, unchecked)
            if takes_body:
                _refuse_other_types(request)
            bounded = StrictRequest(request.scope, request.receive)
            most = self.body_bytes or service.limits.body_bytes
            bounded.limits = replace(service.limits, body_bytes=most)
            return tagged(request, await handle(bounded))

        return strict


def query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters that a route takes, however deep."""
    yield from (field.alias for field in dependant.query_params)
    for part in dependant.dependencies:
        yield from query_names(part)


def header_names(dependant: Dependant) -> Iterator[str]:
    """The headers that a route takes, however deep."""
    yield from (field.alias.lower() for field in dependant.header_params)
    for part in dependant.dependencies:
        yield from header_names(part)


def _is_write(route: Route) -> bool:
    # Callers without a key are other programs, which send what they like.
    return needs_of(route.dependant)[0].scope is not None and "GET" not in (route.methods or ())


def routes(*, prefix: str, tag: str, route_class: type[Route] = Route) -> APIRouter:
    """A router whose routes are `Route`s and document their problems."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=route_class,
        responses={
            status: {
                "model": ProblemBody,
                "description": f"A problem of {whose}",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
            }
            for status, whose in _PROBLEMS.items()
        },
    )


def tagged(request: Request, response: Response) -> Response:
    """With an `ETag`; 304 without a body when the caller has it already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not hasattr(response, "body"):
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    # Another key may see something else under the same address.
    response.headers["Vary"] = "Authorization"
    response.headers["Cache-Control"] = "private, no-cache"
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(
            status_code=304,
            headers={name: response.headers[name] for name in ("ETag", "Vary", "Cache-Control")},
        )
    return response


def _refuse_unknown(request: Request, known: set[str]) -> None:
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        # A filter with a typing error would otherwise answer with everything.
        mistakes = [
            Mistake(where=f"query.{name[:100]}", message="is not known here") for name in unknown[:10]
        ]
        takes = f"known are {', '.join(sorted(known))}" if known else "there are none"
        raise Problem(422, "unknown_parameter", f"unknown query parameter; {takes}", errors=mistakes)


def _refuse_nul(request: Request) -> None:
    # No id has it, and databases refuse to compare with it.
    if "\0" in request.url.path or "%00" in request.url.path or "%00" in request.url.query:
        raise Problem(422, "invalid_request", "an address has no NUL")


def _refuse_conditions(request: Request, unchecked: Set[str]) -> None:
    given = sorted(unchecked & set(request.headers))
    if given:
        # Whoever makes a write depend on something must not find it done all the same.
        raise Problem(
            412,
            "condition_not_checked",
            f"this write looks at no {given[0]}; nothing was done",
            hint="send it without: writes are safe to repeat with an Idempotency-Key",
        )


def _refuse_other_types(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json":
        raise Problem(415, "not_json", "the body is JSON", hint="send Content-Type: application/json")


def _too_large(limit: int) -> Problem:
    return Problem(
        413, "body_too_large", f"a body has at most {limit} bytes", headers={"Connection": "close"}
    )

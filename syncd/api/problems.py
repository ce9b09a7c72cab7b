"""What goes wrong, told as RFC 9457 problems: `type`, `title`, `status`, `detail`, with a stable `code`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import BaseRoute, Match

from syncd.errors import ConfigError, StoreError, SyncdError

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[str, int] = {
    "no_active_version": 409,
    "ambiguous_key_result": 409,
    "cycle_frozen": 409,
    "nothing_held": 409,
    "no_override": 409,
    "not_evaluated": 409,
    "endpoint_taken": 409,
    "endpoint_changed": 412,
    "endpoint_of_file": 409,
    "too_many_secrets": 409,
    "missing_encryption_key": 409,
    "beyond_retention": 410,
    "delivery_in_flight": 409,
    "before_history": 404,
    "removed_then": 404,
    "unsafe_target": 422,
    "store_busy": 503,
    "key_malformed": 401,
    "key_unknown": 401,
    "key_revoked": 401,
    "key_expired": 401,
}
"""Of the codes whose status their class does not tell."""

_BUSY_RETRY_S = 1


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="`body.value`, `query.limit`, `path.team`")
    message: str


class ProblemBody(BaseModel):
    """RFC 9457, with a code that programs may rely on."""

    model_config = ConfigDict(json_schema_extra={"title": "Problem"})

    type: str = Field(description="`urn:syncd:problem:` and the code")
    title: str = Field(description="The status in words")
    status: int
    code: str
    detail: str
    hint: str | None = Field(default=None, description="What to do about it")
    errors: list[Mistake] | None = None


class Problem(HTTPException):
    """Raised anywhere below a route, it is the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        hint: str | None = None,
        errors: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail=detail, headers=dict(headers or {}))
        self.code, self.hint, self.errors = code, hint, tuple(errors)


def not_found(detail: str, *, code: str = "not_found") -> Problem:
    """Absent, or another team's: the caller cannot tell which."""
    return Problem(404, code, detail)


def problem_of(error: SyncdError) -> Problem:
    """A domain error as the answer that it makes."""
    status = _STATUS.get(error.code)
    if status is None:
        if error.code.startswith("unknown_"):
            status = 404
        elif isinstance(error, ConfigError):
            status = 422
        else:
            status = 503 if isinstance(error, StoreError) else 500
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_BUSY_RETRY_S)
    # What a store error says of files and hosts is for the operator's log.
    detail = "the store cannot answer now" if isinstance(error, StoreError) else str(error)
    hint = None if isinstance(error, StoreError) else error.hint
    return Problem(status, error.code, detail, hint=hint, headers=headers)


def answer(problem: Problem) -> JSONResponse:
    body: dict[str, Any] = {  # Any: JSON
        "type": f"urn:syncd:problem:{problem.code}",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.hint:
        body["hint"] = problem.hint
    if problem.errors:
        body["errors"] = [mistake.model_dump() for mistake in problem.errors]
    return JSONResponse(
        body, status_code=problem.status_code, headers=dict(problem.headers or {}), media_type=MEDIA_TYPE
    )


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Every error of every route becomes a problem; what nobody foresaw is a 500 without its text."""
    app.add_exception_handler(StarletteHTTPException, partial(_of_http, routes=routes))
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(SyncdError, _of_domain)
    app.add_exception_handler(Exception, _of_anything)


async def _of_http(request: Request, error: Exception, *, routes: Sequence[BaseRoute]) -> JSONResponse:
    if isinstance(error, Problem):
        return answer(error)
    if not isinstance(error, StarletteHTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request, routes))
    return answer(Problem(error.status_code, code, str(error.detail), headers=headers))


def _methods(request: Request, routes: Sequence[BaseRoute]) -> Sequence[str]:
    """What may be done at this address: Starlette names the methods of the first route alone."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


async def _of_validation(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    mistakes = [
        Mistake(where=".".join(map(str, found["loc"])), message=found["msg"]) for found in error.errors()
    ]
    detail = f"{mistakes[0].where}: {mistakes[0].message}" if mistakes else "the request is not valid"
    return answer(Problem(422, "invalid_request", detail, errors=mistakes))


async def _of_domain(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, SyncdError):
        raise error
    return answer(problem_of(error))


async def _of_anything(_: Request, __: Exception) -> JSONResponse:
    return answer(Problem(500, "internal_error", "syncd failed to answer this", hint="its log says more"))

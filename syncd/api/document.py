"""The OpenAPI document: every route, and every event type under `webhooks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from syncd import __version__
from syncd.api.access import needs_of
from syncd.api.routes import Route
from syncd.okr.event_schema import SCHEMAS

Json = dict[str, Any]  # Any: JSON

TITLE = "syncd"
DESCRIPTION = (
    "Key results, where their numbers come from, and who is told. Errors are RFC 9457 problems with a "
    "stable `code`. Lists come in pages. Writes take an `Idempotency-Key`."
)

_KEY = "key"
_HEADERS = {
    "webhook-id": "The same over all attempts of a delivery",
    "webhook-timestamp": "Unix time of the attempt, in seconds",
    "webhook-signature": "Space-separated `v1,` and base64 of HMAC-SHA256 over id.timestamp.body",
}
_ETAG = {"description": "Names this answer to this key", "schema": {"type": "string"}}
_ANSWERS = {
    "2XX": {"description": "Taken"},
    "410": {"description": "Nothing more is wanted: the endpoint is disabled"},
    "default": {"description": "Not taken: it is sent again"},
}


def document(routes: Sequence[BaseRoute]) -> Json:
    """OpenAPI 3.1 of the routes, and of the webhooks that syncd sends."""
    made = get_openapi(
        title=TITLE, version=__version__, openapi_version="3.1.0", description=DESCRIPTION, routes=routes
    )
    made["components"].setdefault("securitySchemes", {})[_KEY] = {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `syncd keys create`",
    }
    # FastAPI documents an answer to invalid requests that no route gives: problems stand under 4XX.
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
    scopes = {(method, route.path): needs_of(route.dependant)[0] for route, method in _methods(routes)}
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            for status in ("4XX", "5XX"):
                # A problem has its own media type, and no other.
                operation["responses"][status]["content"].pop("application/json", None)
            if method == "get":
                operation["responses"]["200"]["headers"] = {"ETag": _ETAG}
                operation["responses"]["304"] = {
                    "description": "Unchanged since the answer whose `ETag` came as `If-None-Match`",
                    "headers": {"ETag": _ETAG},
                }
            scope = scopes[method.upper(), path].scope
            operation["x-scope"] = scope or "none"
            if scope is not None:
                operation["security"] = [{_KEY: []}]
    made["webhooks"] = {type_: _webhook(type_, schema) for type_, schema in SCHEMAS.items()}
    return made


def _methods(routes: Sequence[BaseRoute]) -> Iterator[tuple[Route, str]]:
    for route in routes:
        if isinstance(route, Route):
            yield from ((route, method) for method in route.methods or ())


def _webhook(type_: str, schema: Mapping[str, Any]) -> Json:
    return {
        "post": {
            "operationId": type_,
            "summary": type_,
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": description,
                    "schema": {"type": "string"},
                }
                for name, description in _HEADERS.items()
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": dict(schema)}}},
            "responses": _ANSWERS,
        }
    }

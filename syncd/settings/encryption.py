"""`encryption_keys`: what seals the secrets that the store holds; the newest first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path

from syncd.mappings.fields import Fields
from syncd.mappings.nodes import Scalar
from syncd.settings.references import Template, Unresolved, read_secret, refuse_inline

_KEY_BYTES = 32


def read_encryption_keys(fields: Fields, *, folder: Path) -> Iterator[Template]:
    for item in fields.items("encryption_keys"):
        if not isinstance(item, Scalar):
            refuse_inline(item.place, "encryption_keys", variable="STORE_KEY", findings=fields.findings)
            continue
        template = read_secret(
            item, "encryption_keys", variable="STORE_KEY", folder=folder, findings=fields.findings
        )
        if template is not None:
            yield template


def resolve_key(template: Template, environ: Mapping[str, str]) -> str:
    """
    Raises:
        Unresolved: A variable is not set, or holds no key.
    """
    value = template.resolve(environ)
    try:
        key = base64.urlsafe_b64decode(value)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise Unresolved(
            f"what {template.text} stands for is no key",
            place=template.place,
            code="invalid_encryption_key",
            hint="make one with: syncd store new-key",
        ) from None
    return value

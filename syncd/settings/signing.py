"""Secrets of syncd.yaml that come as one, or as `[new, old]` while both ends change over."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from syncd.mappings.findings import Findings
from syncd.mappings.nodes import ListNode, Node, Scalar
from syncd.settings.references import Template, Unresolved, read_secret, refuse_inline

_PREFIX = "whsec_"
"""The public prefix of Standard Webhooks' secrets."""

_BYTES = range(24, 65)
_MOST = 2


def read_signing(
    owner: Scalar, node: Node | None, folder: Path, findings: Findings, *, key: str = "secret"
) -> tuple[Template, ...]:
    """The newest first; none where there is no `node`, or nothing good in it.

    Args:
        owner: Whose they are: a variable is proposed by its name.
        key: Under which they stand.
    """
    return tuple(_read(owner, node, folder, findings, key=key)) if node is not None else ()


def _read(owner: Scalar, node: Node, folder: Path, findings: Findings, *, key: str) -> Iterator[Template]:
    variable = f"{owner.text}_{key}".upper().replace("-", "_")
    nodes = node.items if isinstance(node, ListNode) else [node]
    if not 1 <= len(nodes) <= _MOST:
        message = f"`{key}` is one, or [new, old]; here are {len(nodes)}"
        findings.error(node.place, "invalid_value", message)
    for item in nodes:
        if not isinstance(item, Scalar):
            refuse_inline(item.place, key, variable=variable, findings=findings)
            continue
        template = read_secret(item, key, variable=variable, folder=folder, findings=findings)
        if template is not None:
            yield template


def signing_secrets(signing: Iterable[Template], environ: Mapping[str, str]) -> tuple[str, ...]:
    """What they stand for, as Standard Webhooks has it: `whsec_...`.

    Raises:
        Unresolved: A variable is not set, or holds no such secret.
    """
    return tuple(_checked(template, environ) for template in signing)


def _checked(template: Template, environ: Mapping[str, str]) -> str:
    value = template.resolve(environ)
    try:
        key = base64.b64decode(value.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not value.startswith(_PREFIX) or len(key) not in _BYTES:
        # `from None` is not needed: nothing above quotes the value, and neither does this.
        raise Unresolved(
            f"what {template.text} stands for is not a signing secret",
            place=template.place,
            code="invalid_secret",
            hint=f"{_PREFIX} and the base64 of 24 to 64 random bytes",
        )
    return value

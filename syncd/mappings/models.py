"""A node -> a connector's pydantic model, with pydantic's findings put back to their places."""

from __future__ import annotations

import json
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from inspect import isclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from syncd.mappings.fields import report_unknown_key
from syncd.mappings.findings import Findings, nearest
from syncd.mappings.nodes import ListNode, MapNode, Node, Plain, Scalar, describe, one_line
from syncd.okr.definition import Place
from syncd.sdk.ask import Quoted

ModelT = TypeVar("ModelT", bound=BaseModel)

_WORDS = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "model": "a map",
    "dict": "a map",
    "list": "a list",
    "tuple": "a list",
    "date": "a date",
    "none": "nothing",
}


def build_model(
    model: type[ModelT],
    plain: Mapping[str, Plain],
    *,
    node: MapNode,
    place: Place,
    findings: Findings,
    opaque: Collection[str] = (),
    are_stand_ins: bool = False,
) -> ModelT | None:
    """The model that `plain` makes; None, with findings, when it makes none.

    Args:
        plain: What `node` says, with defaults filled in.
        node: Where it says so.
        place: Of the whole, for keys that are missing.
        opaque: Keys of `plain` whose values no message may repeat.
        are_stand_ins: Those values are not the real ones; what is wrong with them is no finding.
    """
    try:
        # As JSON: the models are strict, and only from JSON is a list a tuple and a text a date.
        return model.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    told = [detail for detail in details if not _speaks_of(detail, opaque)]
    if len(told) < len(details) and not are_stand_ins:
        for detail in details:
            if detail not in told:
                _report_opaque(detail, node=node, place=place, findings=findings)
    for mistake in _without_wrong_branches([_located(detail, node) for detail in told]):
        _report(mistake, model=model, root=node, place=place, findings=findings)
    return None


def refuse_plain_queries(model: type[BaseModel], node: MapNode, findings: Findings) -> None:
    """Finds query texts that are neither quoted nor a block: YAML cuts them at ` #` without a word."""
    for found, mark in marks(model, node):
        if isinstance(mark, Quoted) and isinstance(found, Scalar) and found.is_plain and found.text:
            hint = f"write {quoted(found.text)}"
            if found.before_comment:
                hint += "; what follows ` #` was lost as a comment"
            findings.error(found.place, "plain_query", "a query must be quoted, or a block (`|`)", hint=hint)


def quoted(text: str) -> str:
    if '"' in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


# Any: annotations and their metadata are objects of every type.
def marks(annotation: Any, node: Node | None) -> Iterator[tuple[Node, Any]]:
    """Every node with what its type is marked with: `Quoted()`, a `FieldInfo`, or `SecretStr` itself."""
    if node is None:
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from ((node, mark) for mark in inner[1:])
        yield from marks(inner[0], node)
    elif origin in {Union, types.UnionType}:
        for branch in inner:
            yield from marks(branch, node)
    elif inner and isinstance(node, ListNode):
        for item in node:
            yield from marks(inner[0], item)
    elif annotation is SecretStr:
        yield node, SecretStr
    elif isclass(annotation) and issubclass(annotation, BaseModel) and isinstance(node, MapNode):
        for name, field in annotation.model_fields.items():
            child = node.values.get(field.alias or name)
            if child is not None:
                yield from ((child, mark) for mark in (field, *field.metadata))
                yield from marks(field.annotation, child)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    """One of pydantic's findings with its place.

    Attributes:
        node: The innermost node that it speaks of.
        key: The key that `node` stands under.
        rest: What of the location is no node: the name of a missing key.
        fork: The node where the type is a union, and which branch of it this is.
    """

    detail: ErrorDetails
    node: Node
    key: Scalar | None
    rest: tuple[int | str, ...]
    fork: tuple[Node, str] | None

    @property
    def kind(self) -> str:
        return self.detail["type"]

    @property
    def is_wrong_branch(self) -> bool:
        """Whether the node is not of this branch's type at all."""
        if self.fork is None or self.node is not self.fork[0] or self.kind == "missing":
            return False
        if self.kind in {"literal_error", "enum"}:
            return not isinstance(self.node, Scalar)
        return self.kind.endswith(("_type", "_parsing")) or self.kind == "none_required"


def _speaks_of(detail: ErrorDetails, opaque: Collection[str]) -> bool:
    """Whether the message may quote an opaque value: it is about one, or about the whole."""
    is_unknown_key = detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1
    return bool(opaque) and not is_unknown_key and (not detail["loc"] or detail["loc"][0] in opaque)


def _report_opaque(detail: ErrorDetails, *, node: MapNode, place: Place, findings: Findings) -> None:
    key = str(detail["loc"][0]) if detail["loc"] else None
    if key is None:
        findings.error(place, "invalid_value", "the values that are given here do not fit together")
    else:
        message = f"what is given for {key!r} is not valid"
        findings.error(node.values[key].place, "invalid_value", message)


def _located(detail: ErrorDetails, root: Node) -> _Mistake:
    node, key, fork = root, None, None
    rest: list[int | str] = []
    for part in detail["loc"]:
        if isinstance(node, MapNode) and part in node.values and not rest:
            key, node = node.keys[str(part)], node.values[str(part)]
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        elif detail["type"] == "missing" and part == detail["loc"][-1]:
            rest.append(part)
        elif fork is None:
            fork = (node, str(part))
    return _Mistake(detail=detail, node=node, key=key, rest=tuple(rest), fork=fork)


def _without_wrong_branches(mistakes: list[_Mistake]) -> list[_Mistake]:
    """Of a union's branches only the one that was meant; where none was, one finding for all."""
    kept = [m for m in mistakes if m.fork is None]
    forks: dict[int, dict[str, list[_Mistake]]] = {}
    for mistake in mistakes:
        if mistake.fork is not None:
            node, branch = mistake.fork
            forks.setdefault(id(node), {}).setdefault(branch, []).append(mistake)
    for branches in forks.values():
        meant = [found for found in branches.values() if not any(m.is_wrong_branch for m in found)]
        kept += meant[0] if meant else [_merged([found[0] for found in branches.values()])]
    return kept


def _merged(mistakes: list[_Mistake]) -> _Mistake:
    wanted = dict.fromkeys(filter(None, (_wanted(mistake) for mistake in mistakes)))
    detail = mistakes[0].detail.copy()
    detail["type"], detail["msg"] = "union_type", " or ".join(wanted)
    return _Mistake(detail=detail, node=mistakes[0].node, key=mistakes[0].key, rest=(), fork=None)


def _wanted(mistake: _Mistake) -> str | None:
    if mistake.kind == "union_type":
        return mistake.detail["msg"]
    if mistake.kind in {"literal_error", "enum"}:
        return str(mistake.detail.get("ctx", {}).get("expected"))
    if mistake.kind.endswith(("_type", "_parsing", "_from_float")):
        return _WORDS.get(mistake.kind.partition("_")[0])
    return None


def _report(
    mistake: _Mistake, *, model: type[BaseModel], root: MapNode, place: Place, findings: Findings
) -> None:
    node, key, detail = mistake.node, mistake.key, mistake.detail
    name = key.text if key is not None else "this"
    at = place if node is root else node.place
    if mistake.kind == "missing":
        findings.error(at, "missing_key", f"{str(detail['loc'][-1])!r} is missing here")
    elif mistake.kind == "extra_forbidden" and key is not None:
        report_unknown_key(key, _fields_at(model, root, node), findings)
    elif (wanted := _wanted(mistake)) is not None:
        is_choice = mistake.kind in {"literal_error", "enum"}
        code, hint = ("invalid_value", None) if is_choice else ("wrong_type", None)
        if isinstance(node, Scalar) and is_choice:
            hint = nearest(node.text, [word.strip("' ") for word in wanted.split("'")[1::2]])
        elif isinstance(node, Scalar) and "a text" in wanted and node.value is not None:
            hint = f'write "{node.text}"'
        findings.error(at, code, f"expected {wanted} for {name!r}, got {describe(node)}", hint=hint)
    elif mistake.kind == "string_pattern_mismatch":
        message = f"{describe(node)} does not look like {name!r}"
        example, pattern = _example_at(model, root, node), detail.get("ctx", {}).get("pattern")
        hint = f"write it as {one_line(example)}" if example is not None else f"it matches {pattern}"
        findings.error(at, "invalid_value", message, hint=hint)
    else:
        about = f"{name!r}: " if key is not None else ""
        findings.error(at, "invalid_value", f"{about}{_readable(detail['msg'])}")


def _example_at(model: type[BaseModel], root: MapNode, node: Node) -> Plain:
    """The first of the `examples` that the model has for what stands at `node`."""
    for found, mark in marks(model, root):
        if found is node and isinstance(mark, FieldInfo) and mark.examples:
            example: Plain = mark.examples[0]
            return example
    return None


def _fields_at(model: type[BaseModel], root: MapNode, unknown: Node) -> list[str]:
    """The keys that are known where `unknown` stands."""
    names: list[str] = []

    def visit(annotation: Any, node: Node) -> None:  # Any: as for `marks`
        if isclass(annotation) and issubclass(annotation, BaseModel) and isinstance(node, MapNode):
            if any(child is unknown for child in node.values.values()):
                names.extend(field.alias or name for name, field in annotation.model_fields.items())
            for name, field in annotation.model_fields.items():
                if (child := node.values.get(field.alias or name)) is not None:
                    visit(field.annotation, child)
        elif isinstance(node, ListNode):
            for item, inner in ((item, inner) for item in node for inner in get_args(annotation)):
                visit(inner, item)
        else:
            for inner in get_args(annotation):
                visit(inner, node)

    visit(model, root)
    return names


def _readable(message: str) -> str:
    for theirs, ours in (
        ("Value error, ", ""),
        ("Assertion failed, ", ""),
        ("Input should", "must"),
        (" after validation", ""),
    ):
        message = message.replace(theirs, ours)
    for what in ("String", "List", "Tuple", "Dictionary", "Set"):
        message = message.replace(f"{what} should", "must")
    return message

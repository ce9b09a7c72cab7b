"""How a connector declares the kinds of queries that people can write in YAML.

Each kind is one pydantic model; the kind's key in YAML is the model's first field:

    class Count(Ask):
        "Number of issues that a JQL finds."
        unit = "count"
        window = Window(by=("created", "resolved", "updated"))
        count: QueryText
        exact: bool = False

is written `{from: tracker, count: "project = PHX", exact: true}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Quoted:
    """Marks a text that must be quoted or a block scalar: plain YAML would cut it at ` #`."""


QueryText = Annotated[str, Quoted()]
"""A text in the source's own query language (a JQL, a GitHub search)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a `window` means for a kind.

    Attributes:
        by: The moments that `by` may name; the mapping must name one. Empty: the kind has
            only one moment, and `by` is refused.
    """

    by: tuple[str, ...] = ()


class Ask(BaseModel):
    """Base of a connector's query models: frozen, strict, unknown keys refused.

    A field that the connection's config has under the same name (`spreadsheet`) takes the
    connection's value where the mapping leaves it out; where both are None, that is an error.

    Class attributes that a kind sets:
        unit: Unit of its measurements: `count`, `ratio`, `seconds` or `number`.
        window: What a window means here; None: a window is refused.
        counts_tickets: Its numbers count work items, which are output; `syncd check` tells of a
            key result that is made of nothing else.
        has_sample: Its measurements always carry their `sample_size`; without one `min_sample` is
            refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    unit: ClassVar[str] = "number"
    window: ClassVar[Window | None] = None
    counts_tickets: ClassVar[bool] = False
    has_sample: ClassVar[bool] = False

    def past_unknown(self, *, by: str | None) -> str | None:
        """Why the past of this query cannot be told, in a few words; None: it can.

        `syncd backfill` asks with a window that ends at a past moment. Answer None only where such
        an answer is the one that would have been given then: dated facts that stay (created,
        published, merged), under conditions that do not move with time. A kind says nothing of
        this until it overrides it.

        Args:
            by: As in the query. A kind whose windows take no `by` is asked for everything that
                happened before the moment, where the mapping has no window.
        """
        return "the source tells only what is true now"

    @classmethod
    def kind(cls) -> str:
        """The key that names this kind in YAML: the model's first own field."""
        return next(iter(cls.model_fields))

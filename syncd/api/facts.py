"""What several answers tell: errors, mappings, evidence, check-ins, who told a number."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ErrorFact(BaseModel):
    """Why a number is not what it should be."""

    code: str
    message: str
    actor: str = Field(description="Who can act: operator, author, receiver, nobody")


class PastCheckIn(BaseModel):
    """The number of a key result from `at` on."""

    at: str
    current: float | None
    progress: float | None
    origin: str = Field(description="`sync`, `person` or `import`")
    author: str | None
    comment: str | None
    confidence: float | None
    said: float | None = Field(description="What the author said")
    computed: float | None = Field(description="What was measured beside it")
    digest: str = Field(description="Of the mapping file that it was evaluated under")


class MappingFact(BaseModel):
    """Where it is defined, and who made that the active version."""

    path: str
    line: int
    column: int | None = Field(description="null: of another syncd")
    digest: str
    version: str | None = Field(description="Of all mappings; null as well")
    applied_at: str | None
    applied_by: str | None


class EvidenceFact(BaseModel):
    """A measurement that the number was made of, and where a person sees it."""

    measurement: str
    value: float
    unit: str
    connection: str
    url: str | None
    approximate: bool


class SenderFact(BaseModel):
    """The syncd that told it, and which of its words this is."""

    instance: str
    through: list[str] = Field(
        description="Where that one had it from, the nearest first; none: it is its own"
    )
    epoch: int | None
    sequence: int | None = Field(description="Of the sender; `sequence` is ours")
    alive_until: str | None = Field(description="Until when its silence means that nothing changed")

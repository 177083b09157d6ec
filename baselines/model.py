"""A baseline is a designation, not a copy (design 8, requirements 9.1-20, 9.1-21).

It names a commit of the ledger. That commit's chain hash pins everything written up to it, so taking a baseline reads none of the content.
What is immutable: name, purpose, scope, commit, hash, time, who took it and when. What moves on, each step a version of the record in the
ledger: its state, its designation (until it is approved), who approved it, what took its place, why it was withdrawn, and its seal.

    taken -> approved -> superseded
      |          |
      +----------+--> withdrawn
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from baselines.query_words import query_words

RECORD_KIND = "baseline"
"""The kind of its records in the ledger."""


class ScopeKind(StrEnum):
    """What part of the CMDB a baseline speaks of."""

    WHOLE = "whole"
    SERVICE = "service"  # an item with everything it depends on
    TYPE = "type"  # items of types, abstract ones standing for those below them
    QUERY = "query"  # items a saved query finds
    ITEMS = "items"  # items named one by one
    RELEASE = "release"  # a release and what it put live


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope as asked; `baselines.scope.Scopes` says what is in it at a commit.

    `service` and `release` are item ids, `items` too; `types` are item types; `query` is a saved query (`baselines.saved_query`). `told` is
    how people are told, where names were looked up (`baselines.words`); it is no part of the scope.
    """

    kind: ScopeKind
    service: str | None = None
    types: tuple[str, ...] = ()
    query: Mapping[str, Any] | None = None
    items: tuple[str, ...] = ()
    release: str | None = None
    told: str = field(default="", compare=False, repr=False)

    def body(self) -> dict[str, Any]:
        """Plain JSON; parts that say nothing are left out."""
        found: dict[str, Any] = {"kind": self.kind.value}
        parts = {
            "service": self.service,
            "types": list(self.types),
            "query": dict(self.query) if self.query is not None else None,
            "items": list(self.items),
            "release": self.release,
        }
        return found | {name: value for name, value in parts.items() if value}

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> "Scope":
        """The scope a `body()` came from."""
        return Scope(
            ScopeKind(body["kind"]),
            body.get("service"),
            tuple(body.get("types", ())),
            body.get("query"),
            tuple(body.get("items", ())),
            body.get("release"),
        )

    def __str__(self) -> str:
        """For people: `whole`, `service Web shop` (its id where no name was looked up), `type server, network_device`."""
        if self.told:
            return self.told
        if self.kind is ScopeKind.WHOLE:
            return "whole"
        if self.kind is ScopeKind.ITEMS:
            return f"{len(self.items)} items"
        if self.kind is ScopeKind.TYPE:
            return f"type {', '.join(self.types)}"
        if self.kind is ScopeKind.QUERY:
            return f"query: {query_words(self.query or {})}"
        return f"{self.kind.value} {self.service or self.release}"


WHOLE = Scope(ScopeKind.WHOLE)


class BaselineState(StrEnum):
    """The life of a baseline. Superseded and withdrawn are ends; nothing is ever deleted."""

    TAKEN = "taken"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Seal:
    """The Merkle root (64 hexadecimal characters, RFC 6962 with sha256) over the versions in scope at `seq`."""

    digest: str
    items: int
    relations: int
    sealed_at: str
    seq: int

    def body(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: getattr(self, name) for name in Seal.__slots__}


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline. `seq`, `hash` and `time` are of the commit it designates; `revision` counts the record's versions.

    `designation` is how the organisation calls it once it is in force; `schedule` the id of the schedule that took it.
    """

    id: str
    name: str
    purpose: str
    scope: Scope
    seq: int
    hash: str
    time: str
    taken_at: str
    taken_by: str
    state: BaselineState = BaselineState.TAKEN
    designation: str = ""
    approved_by: str | None = None
    approved_at: str | None = None
    superseded_by: str | None = None
    superseded_at: str | None = None
    withdrawn_by: str | None = None
    withdrawn_at: str | None = None
    withdrawn_reason: str | None = None
    schedule: str | None = None
    seal: Seal | None = None
    revision: int = 0

    @property
    def sealed(self) -> bool:
        """Whether its digest has been computed."""
        return self.seal is not None

    def body(self) -> dict[str, Any]:
        """What its record says: plain JSON, without the revision (the ledger counts that)."""
        found = {name: getattr(self, name) for name in Baseline.__slots__ if name != "revision"}
        found |= {"scope": self.scope.body(), "state": self.state.value, "seal": self.seal.body() if self.seal else None}
        return found

    @staticmethod
    def from_body(body: Mapping[str, Any], revision: int) -> "Baseline":
        """The baseline a record holds."""
        parts = {name: value for name, value in body.items() if name in Baseline.__slots__}
        parts |= {"scope": Scope.from_body(body["scope"]), "state": BaselineState(body["state"]), "revision": revision}
        parts["seal"] = Seal(**body["seal"]) if body.get("seal") else None
        return Baseline(**parts)

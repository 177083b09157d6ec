"""What became of each observation of a batch: the per-item answer that REST, GraphQL, the command line and the agents show.

Good items of a batch land while bad ones are answered with a `Problem`; nothing is lost silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class OutcomeStatus(StrEnum):
    """What happened to an observed item. With `dry_run`: what would happen."""

    CREATED = "created"
    UPDATED = "updated"  # fields or relationships changed
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    RESTORED = "restored"  # it was retired and came back as the same item
    HELD = "held"  # nothing of it landed: it waits for a person
    FAILED = "failed"  # nothing of it landed: see its problems


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an observation or one of its relationships.

    `code` is stable and has a page in `docs/errors/`; `message` names type, attribute, value and rule, for a person; `relation` is the
    position of the relationship in the observation where the problem is one relationship's only (the item itself lands).
    """

    code: str
    message: str
    attribute: str | None = None
    value: str | None = None
    rule: str | None = None
    relation: int | None = None

    def body(self) -> dict[str, Any]:
        """Plain JSON without the empty members."""
        found = {
            "code": self.code,
            "message": self.message,
            "attribute": self.attribute,
            "value": self.value,
            "rule": self.rule,
            "relation": self.relation,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one observation.

    `index` is its position in the batch, None for an item that was not observed but changed because of the batch (a complete scope no
    longer mentions it). `changed` names fields whose value changed, sorted. `problems` may be present beside a status other than `failed`:
    the item landed and some of its relationships did not. `holds` are ids of held plans that carry a part of it.
    """

    ref: str
    status: OutcomeStatus
    item_id: str | None = None
    revision: int | None = None
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    holds: tuple[str, ...] = ()
    index: int | None = None

    @property
    def problem(self) -> Problem | None:
        """The first problem, None where there is none."""
        return self.problems[0] if self.problems else None

    def body(self) -> dict[str, Any]:
        """Plain JSON, kept as the stored answer of an idempotency key and sent to callers; empty members are left out."""
        found: dict[str, Any] = {"ref": self.ref, "status": self.status.value}
        if self.index is not None:
            found["index"] = self.index
        if self.item_id is not None:
            found["item_id"] = self.item_id
        if self.revision is not None:
            found["revision"] = self.revision
        if self.changed:
            found["changed"] = list(self.changed)
        if self.problems:
            found["problems"] = [problem.body() for problem in self.problems]
        if self.holds:
            found["holds"] = list(self.holds)
        return found

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> "Outcome":
        """The outcome a `body()` came from."""
        return Outcome(
            ref=body["ref"],
            status=OutcomeStatus(body["status"]),
            item_id=body.get("item_id"),
            revision=body.get("revision"),
            changed=tuple(body.get("changed", ())),
            problems=tuple(Problem(**problem) for problem in body.get("problems", ())),
            holds=tuple(body.get("holds", ())),
            index=body.get("index"),
        )

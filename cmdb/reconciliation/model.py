"""What one chunk of a batch brings to reconciliation, what is known around it, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cmdb.model.actor import Cause
from cmdb.model.item import ItemState, RelationState
from cmdb.model.match import Match
from cmdb.model.outcome import Problem
from cmdb.model.plan import ChangePlan, ClaimEdit, ItemEdit, RelationEdit
from cmdb.model.registry import Registry

Link = tuple[str, str, bool]
"""A relationship as a claim holds it: type, id of the other item, whether it leaves the claimed item."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The observations planned together. `own` become items here; `due` names, by match index, the positions of the relationships that can
    be written with this chunk (for own matches and for those of earlier chunks, which are then in `earlier`); `final` are the indexes
    whose last relationship is due here, so that their claims are complete. `complete` says that what an observation does not list is
    gone."""

    own: tuple[Match, ...]
    earlier: tuple[Match, ...] = ()
    due: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    final: frozenset[int] = frozenset()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for every chunk of a request. `seen_at` is when the source looked. `refs` resolves refs to item ids.

    `strong_of` and `weak_of` are the identifier keys matched items carry; `foreign` are keys known to belong to another item than the one
    that would take them. `assumed` are the types of items that a dry run supposes written. `written` are ids this request created.
    """

    registry: Registry
    cause: Cause
    now: datetime
    seen_at: str
    scope: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    strong_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weak_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    assumed: Mapping[str, str] = field(default_factory=dict)
    written: frozenset[str] = frozenset()

    @property
    def source(self) -> str:
        """The source whose claims are planned."""
        return self.cause.source


@dataclass(slots=True)
class Known:
    """The present state around a chunk, read once."""

    items: Mapping[str, ItemState]
    retired: Mapping[str, ItemState]
    claims: Mapping[str, tuple[ClaimEdit, ...]]
    relations: Mapping[str, RelationState]
    types: dict[str, str]
    pairs: dict[tuple[str, str, str], bool] = field(default_factory=dict)  # relationship type, source type, target type: whether allowed


@dataclass(slots=True)
class Asked:
    """Which observation a relationship's edit comes from; `position` is None where the observation no longer lists it."""

    match: Match
    link: Link
    position: int | None


@dataclass(slots=True)
class Draft:
    """The plan under construction. Problems are by match index; `failed` items are not written at all."""

    items: dict[str, ItemEdit] = field(default_factory=dict)
    relations: dict[str, RelationEdit] = field(default_factory=dict)
    claims: dict[tuple[str, str], ClaimEdit] = field(default_factory=dict)
    failed: dict[int, list[Problem]] = field(default_factory=dict)
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    related: set[int] = field(default_factory=set)  # matches one of whose relationships changes
    created: set[str] = field(default_factory=set)
    asked: dict[str, Asked] = field(default_factory=dict)
    severed: tuple[RelationState, ...] = ()

    def fail(self, index: int, problem: Problem) -> None:
        """Nothing of this observation lands."""
        self.failed.setdefault(index, []).append(problem)

    def warn(self, index: int, problem: Problem) -> None:
        """The observation lands without the part the problem is about."""
        self.problems.setdefault(index, []).append(problem)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A chunk's plan, and by match index: why observations failed, which parts could not be taken, whose relationships change.
    `asked` tells by relationship id which observation an edit comes from."""

    plan: ChangePlan
    failed: Mapping[int, list[Problem]]
    problems: Mapping[int, list[Problem]]
    related: frozenset[int]
    asked: Mapping[str, Asked] = field(default_factory=dict)

"""What a comparison finds: differences with their attributes, the commits behind them, and whether a change authorised them.

Rules:
- compared are core fields, typed attributes and, of a relationship, its attributes; revisions and hashes are bookkeeping, and so is who
  said a value (unless the profile asks for it);
- a value of several parts is compared without regard to order, part by part, by DeepDiff;
- a difference is `authorised` where every commit between the sides that altered it names a change, `none` where no such commit does,
  `partly` in between; what only entered or left the scope was not altered itself: `not_applicable`, it counts for no coverage.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmdb.model.commit import Commit
from cmdb.model.item import CORE_FIELDS, ItemState, RelationState, Value

State = ItemState | RelationState

TYPE = "type"
"""What a retyped item's type is called among its fields; no item keeps it as one."""


class Subject(StrEnum):
    """What differs."""

    ITEM = "item"
    RELATION = "relation"


class DifferenceKind(StrEnum):
    """How it differs, read from the first side to the second."""

    ADDED = "added"
    REMOVED = "removed"
    RESTORED = "restored"  # there again after having been retired
    CHANGED = "changed"
    RENAMED = "renamed"  # changed, its name among the fields
    RETYPED = "retyped"  # retired and created anew as another type, recognised by an identifier
    ENTERED = "entered"  # unaltered, or not there because of itself: it belongs to the scope now
    LEFT = "left"


KIND_ORDER = (
    *(DifferenceKind.CHANGED, DifferenceKind.RENAMED, DifferenceKind.RETYPED, DifferenceKind.ADDED, DifferenceKind.RESTORED),
    *(DifferenceKind.REMOVED, DifferenceKind.ENTERED, DifferenceKind.LEFT),
)
"""The order in which people are told: what was altered comes before what came and went."""


class Authorisation(StrEnum):
    """Whether changes explain a difference."""

    AUTHORISED = "authorised"
    PARTLY = "partly"
    NONE = "none"
    NOT_APPLICABLE = "not_applicable"


AUTHORISATION_WORDS = {
    Authorisation.AUTHORISED: "under a change",
    Authorisation.PARTLY: "partly under a change",
    Authorisation.NONE: "unauthorised",
    Authorisation.NOT_APPLICABLE: "not altered itself",
}
"""How people are told; programs are given the values themselves."""
AUTHORISATION_MEANS = (
    "Under a change: every commit behind the difference names one. It is the change that the commit names; whether that change was "
    "approved is not looked up here."
)


class ValueChange(StrEnum):
    """What happened to one attribute."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class AttributeDifference:
    """One attribute. `added` and `removed` are the parts of a value of several, empty for plain values."""

    name: str
    kind: ValueChange
    before: Value | None
    after: Value | None
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()

    def body(self) -> dict[str, Any]:
        """Plain JSON."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind.value, "before": self.before, "after": self.after}
        if self.added or self.removed:
            found |= {"added": list(self.added), "removed": list(self.removed)}
        return found


@dataclass(frozen=True, slots=True)
class End:
    """One end of a relationship, as it was called then; `identity` as of a difference."""

    id: str
    type: str = ""
    name: str = ""
    version: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One item or relationship that differs. `before` and `after` are its states on the two sides, None where it was not there (in scope).

    `id` and `type` are those of the second side where it is there; `former_id` names what a retyped item was. `fields` are the names of
    the compared fields that differ. `source` and `target` are the ends of a relationship. `identity` tells an item apart from others of
    its name (see `baselines.identity`). `cursor` is its place in the whole answer.
    """

    cursor: str
    subject: Subject
    kind: DifferenceKind
    id: str
    type: str
    name: str
    before: State | None
    after: State | None
    fields: tuple[str, ...] = ()
    commits: tuple[Commit, ...] = ()
    authorisation: Authorisation = Authorisation.NOT_APPLICABLE
    former_id: str | None = None
    source: End | None = None
    target: End | None = None
    identity: str = ""
    provenance: bool = field(default=False, repr=False)

    @property
    def changes(self) -> tuple[str, ...]:
        """The changes that explain it, each once, in the order of the commits."""
        return tuple(dict.fromkeys(one.change for one in self.commits if one.change))

    @property
    def renamed(self) -> bool:
        """Whether its name differs."""
        return "name" in self.fields and self.subject is Subject.ITEM

    def attributes(self) -> tuple[AttributeDifference, ...]:
        """The fields that differ with both values; every field of what was added or removed as well. By name."""
        old = fields_of(self.before, self.provenance) if self.before is not None else {}
        new = fields_of(self.after, self.provenance) if self.after is not None else {}
        if self.kind is DifferenceKind.RETYPED and self.before is not None and self.after is not None:
            old[TYPE], new[TYPE] = self.before.type, self.after.type
        return tuple(_attribute(name, old.get(name), new.get(name)) for name in self.fields)


def fields_of(state: State, provenance: bool = False) -> dict[str, Value]:
    """The fields of a state that count for comparing: those that have a value. With `provenance` also who said them."""
    found: dict[str, Value] = dict(state.attributes)
    if isinstance(state, ItemState):
        for name in CORE_FIELDS:
            if value := getattr(state, name):
                found[name] = value
        if provenance:
            found |= {f"source of {name}": source for name, source in state.origins.items()}
    elif provenance and state.sources:
        found["sources"] = tuple(sorted(state.sources))
    return found


def differing(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[str, ...]:
    """Names of the fields whose value differs, sorted; the order of a value's parts does not count."""
    names = [name for name in old.keys() | new.keys() if not _same(old.get(name), new.get(name))]
    return tuple(sorted(names))


def authorisation_of(commits: tuple[Commit, ...]) -> Authorisation:
    """Whether changes explain what these commits did."""
    named = sum(1 for one in commits if one.change)
    if not commits:
        return Authorisation.NOT_APPLICABLE
    if named == len(commits):
        return Authorisation.AUTHORISED
    return Authorisation.PARTLY if named else Authorisation.NONE


def _same(old: Value | None, new: Value | None) -> bool:
    if isinstance(old, tuple) and isinstance(new, tuple):
        return old == new or sorted(map(_typed, old)) == sorted(map(_typed, new))
    return old == new and isinstance(old, bool) is isinstance(new, bool)


def _typed(part: Any) -> tuple[str, str]:
    """Parts of a value may be of any kind: 1 and true are not the same, 1 and 1.0 are."""
    if isinstance(part, bool) or not isinstance(part, int | float):
        return ("bool" if isinstance(part, bool) else "text", str(part))
    return ("number", str(int(part)) if part == int(part) else str(part))


def _attribute(name: str, old: Value | None, new: Value | None) -> AttributeDifference:
    kind = ValueChange.ADDED if old is None else ValueChange.REMOVED if new is None else ValueChange.CHANGED
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()
    if isinstance(old, tuple) and isinstance(new, tuple):
        added, removed = _parts(old, new)
    return AttributeDifference(name, kind, old, new, added, removed)


def _parts(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What came and what went of a value's parts. A plain value needs no such look: DeepDiff takes half a millisecond for an item."""
    from deepdiff import DeepDiff

    found = DeepDiff(list(old), list(new), ignore_order=True, report_repetition=True, view="tree")
    added: list[Any] = []
    removed: list[Any] = []
    for kind, levels in found.items():
        for level in levels:
            if kind == "repetition_change":
                times = level.additional["repetition"]
                more = times["new_repeat"] - times["old_repeat"]
                (added if more > 0 else removed).extend([level.t1] * abs(more))
                continue
            if kind != "iterable_item_added":
                removed.append(level.t1)
            if kind != "iterable_item_removed":
                added.append(level.t2)
    return tuple(sorted(added, key=_typed)), tuple(sorted(removed, key=_typed))

"""What may be asked of the impact index, and the limits of asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmdb.impact.levels import Level
from cmdb.impact.rows import GroupNeed
from cmdb.kernel.errors import CmdbError

MAX_ROOTS = 20_000
MAX_PAGE = 1_000
MAX_WHAT_IF = 10_000
MAX_UNWELL = 1_000


class UnknownRoot(CmdbError):
    """An item named in a question is not there and never was."""

    code = "impact-root-unknown"
    status = 404
    title = "The question names an item that is not there"


class RetiredRoot(CmdbError):
    """An item named in a question is retired: nothing live depends on it."""

    code = "impact-root-retired"
    status = 410
    title = "The question names an item that is retired"


class TooMuchAsked(CmdbError):
    """A question beyond the limits: too many roots, too large a page, too long an overlay."""

    code = "impact-too-much-asked"
    status = 400
    title = "The question is beyond the limits"


class WrongKindOfRoot(CmdbError):
    """The loss of a place, a supplier or a network segment was asked about an item that is none."""

    code = "impact-wrong-kind"
    status = 400
    title = "The item is not of the kind the question is about"


class BadWhatIf(CmdbError):
    """A what-if change that cannot be made: an unknown type, a relationship that is not there, an item twice."""

    code = "impact-bad-what-if"
    status = 400
    title = "The what-if change does not fit"


@dataclass(frozen=True, slots=True)
class NewItem:
    """What-if: an item that is not there yet. `need` where it is a redundancy group."""

    id: str
    type: str
    need: GroupNeed | None = None


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """What-if: an item as it would be. `words`: new values of `type`, `owner`, `location`, `criticality`, None for no value; what is not
    named stays. `level`: how it would stand, as if something of its own had failed."""

    id: str
    words: Mapping[str, str | None] = field(default_factory=dict)
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class RelationRef:
    """`source -type-> target`, as in the ledger. `attributes` matter where they override the need (what-if additions)."""

    type: str
    source: str
    target: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Changes to try without writing them. Removing an item counts as losing it: what still needs it is down, a group counts it as lost.
    Removing a relationship takes the need away; a group that is left with fewer members than it needs is down. Relationships are changed
    in their need first, then removed, then others are added. (Retiring an item, or taking it out of operation, is removing it.)"""

    add_items: tuple[NewItem, ...] = ()
    remove_items: tuple[str, ...] = ()
    add_relations: tuple[RelationRef, ...] = ()
    remove_relations: tuple[RelationRef, ...] = ()
    group_needs: Mapping[str, GroupNeed] = field(default_factory=dict)
    change_items: tuple[ChangedItem, ...] = ()
    change_relations: tuple[RelationRef, ...] = ()

    @property
    def size(self) -> int:
        """How many changes."""
        items = len(self.add_items) + len(self.remove_items) + len(self.change_items)
        relations = len(self.add_relations) + len(self.remove_relations) + len(self.change_relations)
        return items + relations + len(self.group_needs)


@dataclass(frozen=True, slots=True)
class ImpactQuestion:
    """What if these fail? `roots`: item id -> the level it is put to. `max_items` > 0 bounds how many items are followed, `max_depth` how
    far from the roots, `seconds` how long it may take (`limits` has the rules); an answer that a bound altered says so. `at_least`: the
    ledger sequence number the answer must have seen; waits up to `wait` seconds for it. `as_of`: asked of the graph as it was after this
    commit."""

    roots: Mapping[str, Level]
    what_if: WhatIf | None = None
    max_items: int = 0
    max_depth: int | None = None
    seconds: float | None = None
    at_least: int = 0
    wait: float = 5.0
    as_of: int | None = None

    @staticmethod
    def down(*ids: str) -> "ImpactQuestion":
        """All of these are down."""
        return ImpactQuestion(dict.fromkeys(ids, Level.DOWN))


@dataclass(frozen=True, slots=True)
class AffectedQuery:
    """A page of affected items: worst level first, then by number (by id, but for items newer than the last compaction). Empty filters
    let all pass; `after` is the cursor of the page before; `roots` says whether the roots themselves are listed, `only_roots` that nothing
    else is; `ids`: only these."""

    levels: frozenset[Level] = frozenset()
    types: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    criticalities: frozenset[str] = frozenset()
    ids: frozenset[str] | None = None
    roots: bool = False
    only_roots: bool = False
    first: int = 100
    after: str | None = None

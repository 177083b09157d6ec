"""Checking the library, on demand and on schedule (requirements 9.1-22, 9.1-23).

Everything is fetched first and written afterwards: no connection is open in a transaction. The record of an item's newest check says how it
ended, and since when it fails; its versions are the checks before.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orjson

from baselines.library.errors import LibraryForbidden, NotAReference
from baselines.library.fetch import Look
from baselines.library.model import CHECK, LibraryCheck, Looked, Outcome, Reference, reference_of
from cmdb.inventory.query import AnyOf, Filter, ItemQuery, Op
from cmdb.inventory.service import Inventory
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.errors import InvalidInput, NotFound
from cmdb.kernel.ids import relation_id
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.commit import VersionKind
from cmdb.model.item import ItemState
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.model.registry import Registry
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store
from cmdb.store.statements import load

CHECKERS = (Role.AUDITOR, Role.CHANGE_MANAGER, Role.ADMINISTRATOR)
SOURCE = "library"
MOST = 1_000
_QUERIES = Path(__file__).parent / "queries"
_PAGE = 200
_AT_ONCE = 4
_TRIES = 5

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What a round over the library gave: how many references ended how, and the checks that were not good."""

    checked: int
    outcomes: Mapping[str, int]
    failing: tuple[LibraryCheck, ...]


def check_id(item_id: str) -> str:
    """The id of the record of an item's checks."""
    return "l" + relation_id(CHECK, item_id, "")[1:]


class Library:
    """Checks references and keeps how that ended. Thread-safe. `images`: whether rounds look at container images as well."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        inventory: Inventory,
        registry: Callable[[], Registry],
        look: Look,
        clock: Clock,
        *,
        images: bool = False,
    ) -> None:
        self._store, self._ledger, self._inventory, self._registry = store, ledger, inventory, registry
        self._look, self._clock, self._images = look, clock, images
        self._records = RecordBook(store)

    def check(self, item_id: str, actor: Actor) -> LibraryCheck:
        """Look at one item's master copy now. Raises `LibraryForbidden`, `NotFound`, `NotAReference`."""
        may_check(actor)
        item = self._inventory.item(item_id)
        if item is None:
            raise NotFound(f"there is no live item {item_id[:80]!r}")
        reference = reference_of(item.state, self._registry())
        if reference is None or not reference.digest:
            lacking = "uri" if reference is None else "digest"
            raise NotAReference(f"{item.state.name!r} ({item.state.type}) has no {lacking}, so there is nothing to compare", item=item_id)
        self._keep([(item.state, reference, self._look(reference))], actor)
        return self.newest([item_id])[item_id]

    def check_all(self, actor: Actor, progress: Progress = lambda *_: None, types: Sequence[str] = ()) -> Round:
        """Look at every reference (of these types). `progress(done, total, phase)`; the total is 0 until it is known."""
        may_check(actor)
        outcomes = dict.fromkeys((str(one) for one in Outcome), 0)
        failing: list[LibraryCheck] = []
        done = 0
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="library") as pool:
            for page in self._references(types):
                looked = list(pool.map(self._look, [reference for _, reference in page]))
                self._keep([(item, reference, one) for (item, reference), one in zip(page, looked, strict=True)], actor)
                for one in self.newest([item.id for item, _ in page]).values():
                    outcomes[one.outcome] += 1
                    failing += [one] if one.outcome is not Outcome.OK else []
                done += len(page)
                progress(done, 0, "library")
        return Round(done, outcomes, tuple(failing))

    def page(self, where: Mapping[str, str | int | bool] | None = None, after: str | None = None, first: int = 100) -> list[LibraryCheck]:
        """Newest checks by id; `where` may name outcome, item_id, place, failing."""
        if not 1 <= first <= MOST:
            raise InvalidInput(f"ask for 1 to {MOST:,} checks, not {first:,}")
        return [LibraryCheck.from_body(one.body, one.revision) for one in self._records.page(CHECK, where or {}, after, first)]

    def newest(self, item_ids: Collection[str]) -> dict[str, LibraryCheck]:
        """The newest check of each of these items that has one."""
        found = self._records.find(CHECK, [check_id(one) for one in item_ids])
        return {one.body["item"]: LibraryCheck.from_body(one.body, one.revision) for one in found.values()}

    def as_of(self, item_ids: Collection[str], seq: int) -> dict[str, LibraryCheck]:
        """The newest check of each of these items as of commit `seq`."""
        rows = self._store.read(load(_QUERIES, "read_checks_at"), ids=[check_id(one) for one in item_ids], seq=seq) if item_ids else []
        found = [LibraryCheck.from_body(orjson.loads(row["body"])["body"], row["revision"]) for row in rows]
        return {one.item: one for one in found}

    def history(self, item_id: str, limit: int = 100) -> list[LibraryCheck]:
        """Checks of one item, newest first."""
        found = self._records.versions(check_id(item_id), limit=limit)
        return [LibraryCheck.from_body(one.body["body"], one.revision) for one in found]

    def known_types(self, types: Sequence[str]) -> list[str]:
        """These types, as far as they are ones. Raises `UnknownType`."""
        registry = self._registry()
        return [registry.item(one).name for one in types]

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _references(self, types: Sequence[str]) -> Iterator[list[tuple[ItemState, Reference]]]:
        registry = self._registry()
        wanted = types or ("document", *(("container_image",) if self._images else ()))
        names = tuple(sorted({one for name in wanted for one in registry.concrete_of(name)}))
        some = AnyOf(tuple((Filter(field, Op.IS_NULL, False),) for field in ("digest", "content_digest")))
        after: str | None = None
        while True:
            page = self._inventory.page(ItemQuery(names, (some,), first=_PAGE, after=after))
            found = [(one.state, reference) for one in page.items if (reference := reference_of(one.state, registry)) is not None]
            if found:
                yield found
            if not page.has_next:
                return
            after = page.cursors[-1]

    def _keep(self, looked: Sequence[tuple[ItemState, Reference, Looked]], actor: Actor) -> None:
        for attempt in range(_TRIES):
            before = self.newest([item.id for item, _, _ in looked])
            made = [self._made(item, reference, one, before.get(item.id), actor) for item, reference, one in looked]
            bad = sum(one.outcome is not Outcome.OK for one in made)
            cause = Cause(actor, SOURCE, f"{len(made)} master copies checked, {bad} not as they should be")
            edits = [
                RecordEdit(
                    VersionKind.RECORD, CHECK, one.id, one.body(), one.revision,
                    {"item_id": one.item, "outcome": str(one.outcome), "place": str(one.place), "failing": bool(one.failing_since)},
                )
                for one in made
            ]  # fmt: skip
            try:
                self._ledger.commit(ChangePlan(cause), edits)
            except StalePlan:  # somebody else has just checked one of them
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def _made(self, item: ItemState, reference: Reference, looked: Looked, before: LibraryCheck | None, actor: Actor) -> LibraryCheck:
        now = to_text(self._clock())
        good = looked.outcome is Outcome.OK
        return LibraryCheck(
            check_id(item.id), item.id, item.name, item.type, reference.place, reference.location, reference.digest, looked.outcome,
            looked.detail, looked.found, looked.size, now, actor.name,
            failing_since="" if good else (before.failing_since if before and before.failing_since else now),
            last_ok=now if good else (before.last_ok if before else ""),
            checks=(before.checks if before else 0) + 1,
            revision=before.revision if before else 0,
        )  # fmt: skip


def may_check(actor: Actor) -> None:
    """Raise `LibraryForbidden` unless the actor may check the library."""
    if not actor.has(*CHECKERS):
        raise LibraryForbidden("the library is checked by auditors, change managers and administrators")

"""The type registry as stored: what is in force, seeding, applying (requirement 9.1-01).

Every change of types is one commit of the ledger: the definitions that change and the registry record, whose expected revision keeps two
changes from passing each other. What is live must still fit; what was asked for is refused as a whole where something does not.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from cmdb.ledger.errors import StalePlan
from cmdb.model.actor import Cause
from cmdb.model.commit import VersionKind
from cmdb.model.definitions import digest_of, to_record
from cmdb.model.pack import load_pack, pack_digest
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.model.registry import BadDefinitions, Registry, UnknownType, kind_and_name
from cmdb.model.types import Definition
from cmdb.registry.changes import changes_of
from cmdb.registry.errors import TypesDoNotFit, TypesUnreadable
from cmdb.registry.fitting import fit
from cmdb.registry.model import (
    REGISTRY_ID,
    Action,
    DefinitionKey,
    LiveTypes,
    StoredTypes,
    TypeChange,
    TypesApplied,
    record_id,
)
from cmdb.registry.ports import Committer, LiveItems
from cmdb.registry.repository import GraphDefinitions
from cmdb.store.protocol import Store

_LOG = logging.getLogger(__name__)
LOOK_AGAIN = 1.0
"""Seconds for which `current` trusts what it knows before it asks whether another process changed the types."""


class RegistryService:
    """The registry in force, and the one way to change it. Thread-safe."""

    def __init__(
        self,
        store: Store,
        ledger: Committer,
        inventory: LiveItems,
        *,
        pack: Callable[[], Registry] = load_pack,
        monotonic: Callable[[], float] = time.monotonic,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self._book = GraphDefinitions(store)
        self._ledger = ledger
        self._inventory = inventory
        self._pack = pack
        self._monotonic = monotonic
        self._look_again = look_again
        self._lock = threading.RLock()
        self._live: LiveTypes | None = None
        self._looked = 0.0

    def current(self) -> Registry:
        """The registry in force. Cached: the same object until the types change; another process's change is seen within `look_again`
        seconds (one small read). An empty graph has an empty registry. Raises `TypesUnreadable` on the first call only: later a damaged
        store never replaces the last good registry."""
        live = self._live
        if live is not None and self._monotonic() - self._looked < self._look_again:
            return live.registry
        if not self._lock.acquire(blocking=live is None):
            assert live is not None
            return live.registry  # somebody reads or applies types at this moment, which may take long: go on with what is known
        try:
            live = self._live
            if live is None:
                return self.refresh()
            self._looked = self._monotonic()
            if self._book.revision() == live.stored.revision:
                return live.registry
            try:
                return self.refresh()
            except TypesUnreadable:
                _LOG.exception("the stored type definitions cannot be read; the last good ones stay in force")
                return live.registry
        finally:
            self._lock.release()

    def refresh(self) -> Registry:
        """Read the definitions anew. Raises `TypesUnreadable`."""
        with self._lock:
            stored = self._book.read()
            if self._live is None or self._live.stored != stored:
                self._live = LiveTypes(stored, _registry_of(stored))
            self._looked = self._monotonic()
            return self._live.registry

    def seed(self, cause: Cause) -> TypesApplied:
        """Bring the default pack into the ledger: all of it at the first start; later what a newer pack changes.

        A definition that an administrator altered or took out is left alone (`kept`). A newer pack that does not go together with what
        stands is left out as a whole: `receipt` is None and `misfits` or the log say why; the start does not fail for it. Idempotent.
        """
        for last_try in (False, True):
            try:
                return self._seed(cause)
            except StalePlan:  # another process seeds at this moment
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def apply(
        self,
        definitions: Iterable[Definition],
        cause: Cause,
        dry_run: bool = False,
        remove: Iterable[DefinitionKey] = (),
    ) -> TypesApplied:
        """Put definitions in force, in the place of those of the same name, and take others out.

        `remove` names definitions as `("item_type" | "relation_type", name)`. With `dry_run` nothing is written and misfits are answered.
        Raises `UnknownType` (400) for a name to remove that is none, `BadDefinitions` (400) with every fault, `TypesDoNotFit` (409) with
        the items and relationships in the way, `StalePlan` (412) when somebody else changed types meanwhile. Definitions equal to those
        in force change nothing; then nothing is written.
        """
        given, gone = tuple(definitions), tuple(remove)
        with self._lock:
            self.refresh()
            live = self._require()
            _check_known(live.stored, gone)
            result, after = self._weigh(live, given, gone, dry_run)
            if dry_run or not result.changes:
                return result
            if not result.fits:
                raise _refusal(result)
            removed = live.stored.removed | {record_id(key) for key in gone if key in live.stored.definitions}
            removed -= {record_id(kind_and_name(one)) for one in given}
            return self._commit(live, given, result, after, cause, live.stored.pack_digest, removed)

    def _seed(self, cause: Cause) -> TypesApplied:
        pack = self._pack()
        digest = pack_digest(pack)
        with self._lock:
            self.refresh()
            live = self._require()
            if live.stored.pack_digest == digest:
                return TypesApplied()
            wanted, kept = _from_pack(pack, live.stored)
            try:
                result, after = self._weigh(live, wanted, (), dry_run=False)
            except BadDefinitions:
                if not live.stored.definitions:
                    raise
                _LOG.exception("the new default types do not go together with altered ones; the present types stay in force")
                return TypesApplied(kept=tuple(record_id(kind_and_name(one)) for one in wanted))
            if not result.fits:
                _LOG.warning("the new default types do not fit %s live items; the present types stay in force", result.misfit_count)
                return result
            done = self._commit(live, wanted, result, after, cause, digest, live.stored.removed, from_pack=True)
            return TypesApplied(done.changes, (), 0, done.checked, kept, done.receipt)

    def _require(self) -> LiveTypes:
        if self._live is None:
            self.refresh()
        assert self._live is not None
        return self._live

    def _weigh(
        self, live: LiveTypes, given: Sequence[Definition], gone: Sequence[DefinitionKey], dry_run: bool
    ) -> tuple[TypesApplied, Registry]:
        """What would change and whether everything live fits. Raises `BadDefinitions`."""
        after = live.registry.with_definitions(given, gone)
        changes = changes_of(live.stored, given, gone)
        if not changes:
            return TypesApplied(dry_run=dry_run), after
        found = fit(self._inventory, live.registry, after)
        return TypesApplied(changes, tuple(found.misfits), found.count, found.checked, dry_run=dry_run), after

    def _commit(
        self,
        live: LiveTypes,
        given: Sequence[Definition],
        result: TypesApplied,
        after: Registry,
        cause: Cause,
        digest: str,
        removed: frozenset[str],
        from_pack: bool = False,
    ) -> TypesApplied:
        by_key = {kind_and_name(one): one for one in given}
        edits = [_edit(change, by_key.get((change.kind, change.name)), live.stored, from_pack) for change in result.changes]
        body = {"pack_digest": digest, "removed": sorted(removed), "types": pack_digest(after)}
        edits.append(RecordEdit(VersionKind.TYPE, REGISTRY_ID, REGISTRY_ID, body, live.stored.revision))
        receipt = self._ledger.commit(ChangePlan(cause=cause), records=edits)
        self.refresh()
        return TypesApplied(result.changes, (), 0, result.checked, receipt=receipt)


def _check_known(stored: StoredTypes, gone: Sequence[DefinitionKey]) -> None:
    for key in gone:
        if key not in stored.definitions:
            raise UnknownType(f"there is no {key[0].replace('_', ' ')} {key[1][:100]!r} to remove", name=key[1][:100])


def _registry_of(stored: StoredTypes) -> Registry:
    try:
        return Registry.of(one.definition for one in stored.definitions.values())
    except BadDefinitions as problem:
        raise TypesUnreadable(f"the stored type definitions do not hold together: {problem.detail}", **problem.fields) from problem


def _from_pack(pack: Registry, stored: StoredTypes) -> tuple[tuple[Definition, ...], tuple[str, ...]]:
    """The pack's definitions to put in force, and the names of those an administrator altered, made or took out."""
    wanted, kept = [], []
    for definition in pack.definitions():
        key = kind_and_name(definition)
        present = stored.definitions.get(key)
        name = record_id(key)
        if name in stored.removed or (present is not None and present.pack_digest != digest_of(present.definition)):
            kept.append(name)
        else:
            wanted.append(definition)
    return tuple(wanted), tuple(kept)


def _edit(change: TypeChange, definition: Definition | None, stored: StoredTypes, from_pack: bool) -> RecordEdit:
    key = (change.kind, change.name)
    present = stored.definitions.get(key)
    revision = present.revision if present else 0
    if change.action is Action.REMOVED or definition is None:
        assert present is not None
        body = {"definition": to_record(present.definition), "pack_digest": present.pack_digest}
        return RecordEdit(VersionKind.TYPE, change.kind, record_id(key), body, revision, {"name": change.name}, retired=True)
    digest = digest_of(definition) if from_pack else (present.pack_digest if present else None)
    body = {"definition": to_record(definition), "pack_digest": digest}
    return RecordEdit(VersionKind.TYPE, change.kind, record_id(key), body, revision, {"name": change.name})


def _refusal(result: TypesApplied) -> TypesDoNotFit:
    first = result.misfits[0]
    more = f" and {result.misfit_count - 1} more" if result.misfit_count > 1 else ""
    return TypesDoNotFit(
        f"{first.subject} {first.id} ({first.name or first.type}) would not fit: {first.message}{more}; mend them first, or widen the rule",
        misfit_count=result.misfit_count,
        checked=result.checked,
        misfits=[one.body() for one in result.misfits],
    )

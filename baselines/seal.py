"""Sealing a baseline, proving membership by its seal, and verifying it against the ledger (design 8, requirement 9.1-19).

The chain hash of the commit pins the content from the moment a baseline is taken. The seal adds a Merkle root over the versions in scope,
so that one item can be shown without the rest; a job computes it afterwards, and computing it again gives the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from baselines.errors import NotInBaseline, NotSealed, SealBroken
from baselines.leaves import Leaf, leaves
from baselines.membership import Tree
from baselines.model import Baseline, Seal
from baselines.proof import proof_of
from baselines.repository import BaselineBook, record_of
from baselines.scope import Scopes
from baselines.take import TAKERS, Step, allowed
from baselines.touched import QUERIES
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.clock import Clock, to_text
from cmdb.kernel.errors import CmdbError
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.log import LABELS, Log
from cmdb.ledger.purged import body_of
from cmdb.ledger.service import Ledger
from cmdb.ledger.verify_part import verify_history
from cmdb.model.actor import Actor, Cause
from cmdb.model.commit import Receipt, VersionKind
from cmdb.model.plan import ChangePlan
from cmdb.store.protocol import Store
from cmdb.store.statements import load

Progress = Callable[[int, str], None]
SYSTEM_SOURCE = "system"
"""Seals are computed, whoever asks for them."""

_TRIES = 5
_STEP = 1_000
_FIXED = ("id", "name", "purpose", "scope", "seq", "hash", "time", "taken_at", "taken_by", "schedule")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: its `kind` (commit, item, relation, record, chain, seal, baseline), id, commit, and what is wrong."""

    kind: str
    id: str
    seq: int | None
    what: str


@dataclass(frozen=True, slots=True)
class BaselineVerification:
    """What `verify` found: `holds`, or `faults`. Counts are of what was looked at; `digest` and `chain` are computed from the ledger."""

    baseline: Baseline
    faults: tuple[Fault, ...]
    commits: int
    versions: int
    chain: str | None
    digest: str | None
    items: int
    relations: int

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class Seals:
    """Seals baselines and checks them. Thread-safe."""

    def __init__(self, store: Store, ledger: Ledger, log: Log, book: BaselineBook, scopes: Scopes, clock: Clock) -> None:
        self._store, self._ledger, self._log, self._book, self._scopes, self._clock = store, ledger, log, book, scopes, clock

    def seal(self, id_or_name: str, actor: Actor, progress: Progress | None = None) -> Step:
        """Compute the digest and say so in the baseline; one that is sealed stays as it is. Raises `RoleMissing`, `BaselineNotFound`."""
        allowed(actor, TAKERS, "seal baselines")
        one = self._book.get(id_or_name)
        if one.seal is not None:
            return Step(one, Receipt(None, None, one.seal.sealed_at, replayed=True))
        found, _, _ = self._tree(one, None, progress)
        for _ in range(_TRIES):
            try:
                return self._write(one, found, actor)
            except StalePlan:  # approved, superseded or withdrawn meanwhile, or sealed by another worker
                one = self._book.get(one.id)
                if one.seal is not None:
                    break
        return Step(self._book.get(one.id), Receipt(None, None, found.sealed_at, replayed=True))

    def prove(self, id_or_name: str, subject: str) -> dict[str, object]:
        """The proof (see `baselines.proof`) that the item or relationship with the id `subject` is in the baseline.

        Raises `NotSealed`, `NotInBaseline`, `SealBroken` where the ledger does not give the sealed digest any more, `VersionPurged`.
        """
        one = self._book.get(id_or_name)
        if one.seal is None:
            raise NotSealed(f"baseline {one.name!r} has no digest yet; `cmdb baseline seal` computes it", baseline=one.id)
        found, tree, leaf = self._tree(one, subject, None)
        if leaf is None or tree.index is None:
            raise NotInBaseline(f"{subject[:80]!r} is not among the {one.seal.items:,} items and {one.seal.relations:,} relationships of "
                                f"baseline {one.name!r}", baseline=one.id, subject=subject[:80])  # fmt: skip
        if found.digest != one.seal.digest:
            raise SealBroken(f"baseline {one.name!r} was sealed with another digest; `cmdb baseline verify` names what does not hold",
                             baseline=one.id, sealed=one.seal.digest, found=found.digest)  # fmt: skip
        return proof_of(one, leaf, self._body(leaf), tree.index, tree.size, tree.path())

    def verify(self, id_or_name: str, progress: Progress | None = None) -> BaselineVerification:
        """Recompute the whole chain, the baseline's own record in it, and its digest, from the ledger. Never raises for what is broken."""
        one = self._book.get(id_or_name)
        told = _Counter(progress, "chain")
        walk, broken = verify_history(self._store, told)
        faults = [] if broken is None else [Fault(broken.kind, broken.id, broken.seq, broken.what)]
        faults += self._record_faults(one)
        commit = self._log.commits([one.seq]).get(one.seq)
        if commit is None or commit.hash != one.hash or commit.time != one.time:
            faults.append(Fault("chain", one.id, one.seq, "the commit the baseline designates is missing or has another hash or time"))
        found: Seal | None = None
        if one.seal is not None:
            found, _, _ = self._tree(one, None, progress)
            if (found.digest, found.items, found.relations) != (one.seal.digest, one.seal.items, one.seal.relations):
                what = f"the versions in scope give {found.digest} over {found.items} items and {found.relations} relationships"
                faults.append(Fault("seal", one.id, one.seq, f"sealed with {one.seal.digest}; {what}"))
        return BaselineVerification(
            one, tuple(faults), walk.commits, walk.versions, commit.hash if commit else None,
            found.digest if found else None, found.items if found else 0, found.relations if found else 0,
        )  # fmt: skip

    def _record_faults(self, one: Baseline) -> list[Fault]:
        """What is wrong with the baseline's own record. Whoever writes to the engine may have put anything there."""
        try:
            steps = [Baseline.from_body(step.body["body"], step.revision) for step in self._book.versions(one.id, limit=1_000)]
        except (ValueError, TypeError, KeyError, CmdbError) as problem:
            return [Fault("baseline", one.id, None, f"a version of its record is none the ledger could have written ({problem!r})")]
        if not steps:
            return [Fault("baseline", one.id, None, "its record has no version: they were taken out")]
        return _altered(steps, one)

    def _write(self, one: Baseline, found: Seal, actor: Actor) -> Step:
        after = replace(one, seal=found)
        asked = digest(canonical_json({"step": "seal", "baseline": one.id, "digest": found.digest}))
        reason = f"baseline {one.name!r} sealed: {found.items} items, {found.relations} relationships"
        plan = ChangePlan(Cause(actor, SYSTEM_SOURCE, reason), key=f"seal|{one.id}", body_digest=asked)
        receipt = self._ledger.commit(plan, [record_of(after, one.revision)])
        written = self._book.get(one.id) if receipt.replayed else replace(after, revision=receipt.revisions[one.id])
        return Step(written, receipt)

    def _tree(self, one: Baseline, subject: str | None, progress: Progress | None) -> tuple[Seal, Tree, Leaf | None]:
        """The tree over the versions in scope, with the leaf of `subject` marked."""
        tree, told = Tree(), _Counter(progress, "digest")
        counts = {VersionKind.ITEM: 0, VersionKind.RELATION: 0}
        marked: Leaf | None = None
        for leaf in leaves(self._store, self._scopes.members(one.scope, one.seq)):
            if leaf.id == subject:
                marked = leaf
            tree.add(leaf.data, mark=leaf.id == subject)
            counts[leaf.kind] += 1
            if tree.size % _STEP == 0:
                told(_STEP)
        sealed_at = to_text(self._clock())
        return Seal(tree.root().hex(), counts[VersionKind.ITEM], counts[VersionKind.RELATION], sealed_at, one.seq), tree, marked

    def _body(self, leaf: Leaf) -> str:
        """The body of a leaf's version as it was hashed."""
        statement = load(QUERIES, "read_body_of").named(label=LABELS[leaf.kind])
        text = str(self._store.read(statement, key=leaf.key)[0]["body"])
        body_of(text, f"{leaf.kind.value} {leaf.key}")  # raises where a purge took it
        return text


def _altered(steps: list[Baseline], now: Baseline) -> list[Fault]:
    """What a step of the record's life changed that is for ever, and whether the record says what its last version says."""
    first = steps[-1]
    faults = [
        Fault("baseline", now.id, None, f"{name} was {getattr(first, name)!r} when it was taken and is {getattr(step, name)!r} since")
        for step in [*steps, now]
        for name in _FIXED
        if getattr(step, name) != getattr(first, name)
    ]
    if steps[0] != now:
        faults.append(Fault("baseline", now.id, None, "the live record does not say what its last version says"))
    return faults[:1] if faults else []


class _Counter:
    """Adds up progress of one phase."""

    def __init__(self, progress: Progress | None, phase: str) -> None:
        self._progress, self._phase, self._done = progress, phase, 0

    def __call__(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._phase)

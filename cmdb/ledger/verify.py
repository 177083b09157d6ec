"""`cmdb verify`: does everything the ledger says still hold? (requirements 9.1-12, 9.1-19; design 6 "tamper evidence")

First the history, commit by commit; then the live graph against it; then what lies beside (`beside_check`). The chain alone cannot show
that its end was cut off together with all that came of it: for that, checkpoints (number and hash) are kept outside and given here again.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmdb.kernel.errors import CmdbError
from cmdb.ledger.beside_check import BesideCheck, KeyRule
from cmdb.ledger.chain import ZERO, Head
from cmdb.ledger.checkpoint import LedgerEmpty
from cmdb.ledger.live_check import LiveCheck
from cmdb.ledger.log import LABELS, QUERIES, Log
from cmdb.ledger.walk import Breach, Broken, Walk, end_of_history, walk_to
from cmdb.model.commit import VersionKind
from cmdb.store.protocol import Store
from cmdb.store.statements import load

Progress = Callable[[int, int], None]

Keys = Callable[[], KeyRule]
"""Makes the rule of identification. Asked for only when history and live graph hold: it is made from types that lie in the store."""

_ROUNDS = 5
_SETTLE = 0.2  # seconds: a commit whose parts were seen is in the head by then


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `holds`, or `problem` (one sentence) and `broken` (kind, id, commit, what). Counts are of what was looked at."""

    holds: bool
    seq: int
    hash: str
    commits: int
    versions: int
    items: int = 0
    relations: int = 0
    records: int = 0
    problem: str | None = None
    broken: Broken | None = None
    remarks: tuple[str, ...] = ()


def verify(
    store: Store, progress: Progress | None = None, checkpoints: Mapping[int, str] | None = None, keys: Keys | None = None
) -> Verification:
    """Walk it all and write nothing. `progress(done, total)` counts versions, live items, relationships and records; `checkpoints` maps
    commit numbers to the hashes they had when they were noted outside; with `keys` strong identifiers are held against what items say.
    What is broken is in the answer. `remarks` are things to know that break nothing. Raises `LedgerEmpty` where there is nothing at all."""
    walk = Walk()
    live: LiveCheck | None = None
    told = _Told(store, progress)
    remarks: list[str] = []
    try:
        live = _verify(store, walk, told, checkpoints or {})
        if walk.commits == 0:
            raise LedgerEmpty("there is no ledger in this store: not one commit, and nothing that says there ever was one")
        if live.suspects:
            remarks.append(_unsettled(len(live.suspects)))
        rule = _rule(keys, remarks)
        remarks += _beside(store, walk, told, rule)
    except Breach as breach:
        return _answer(walk, live, breach.broken)
    return replace(_answer(walk, live, None), remarks=tuple(remarks))


def _unsettled(count: int) -> str:
    return f"{count} items, relationships or records were changed each time they were looked at; verify again when less is written"


def _rule(keys: Keys | None, remarks: list[str]) -> KeyRule | None:
    """The rule, or a remark why there is none: the types are in the history as they are in the store, so this is no breach."""
    if keys is None:
        return None
    try:
        return keys()
    except CmdbError as problem:
        remarks.append(f"identifiers were not held against what items say: {problem.detail} ({problem.code})")
        return None


def _beside(store: Store, walk: Walk, told: "_Told", keys: KeyRule | None) -> tuple[str, ...]:
    """A suspect is guilty when it is still one in the last round and no commit has touched its item meanwhile."""
    doubtful: dict[tuple[str, str], int | None] | None = None
    for last_round in (False, False, True):
        check = BesideCheck(store, walk, keys)
        check.run()
        found = {key: _stand(walk, item) for key, (_, item) in check.suspects.items()}
        doubtful = found if doubtful is None else {key: seq for key, seq in found.items() if key in doubtful and doubtful[key] == seq}
        if not doubtful:
            break
        if last_round:
            raise check.suspects[min(doubtful)][0]
        time.sleep(_SETTLE)
        _walk_on(store, walk, _head(store), told)
    return tuple(_remarks(walk, check.unowned))


def _remarks(walk: Walk, lacking: Sequence[str]) -> Iterator[str]:
    if walk.purged:
        yield f"{len(walk.purged)} versions have been purged: their hashes were checked, their content is gone"
    if lacking:
        yield f"{len(lacking)} identifiers that values of live items give belong to nobody (first: {lacking[0]})"


def _stand(walk: Walk, item_id: str | None) -> int | None:
    last = walk.last[VersionKind.ITEM].get(item_id) if item_id is not None else None
    return last.seq if last is not None else None


def _verify(store: Store, walk: Walk, told: "_Told", checkpoints: Mapping[int, str]) -> LiveCheck:
    head = _head(store)
    _check_head(store)
    _walk_on(store, walk, head, told)
    _check_checkpoints(store, head, checkpoints)
    _check_beyond(store, head)
    if walk.time != head.time:  # signed in checkpoints, and no later commit is dated before it
        raise Breach("ledger", "head", head.seq, f"carries the time {head.time!r}; its commit was made at {walk.time!r}")
    end_of_history(walk, _head(store).seq)
    doubtful: set[tuple[VersionKind, str]] | None = None
    for _ in range(_ROUNDS):
        start = walk.seq
        live = LiveCheck(store, walk.last)
        live.run(told)
        if doubtful is not None:
            live.suspects = {subject: breach for subject, breach in live.suspects.items() if subject in doubtful}
        if not live.suspects:
            break
        time.sleep(_SETTLE)
        _walk_on(store, walk, _head(store), told)
        _accuse(live, walk, start)
        doubtful = set(live.suspects)  # all of them were changed by commits that came while we looked: look again
    return live


def _check_head(store: Store) -> None:
    """A ledger without its head would begin anew with the next commit."""
    if not store.read(load(QUERIES, "read_head")) and Log(store).commits([1]):
        raise Breach("ledger", "head", None, "is missing though there are commits")


def _accuse(live: LiveCheck, walk: Walk, start: int) -> None:
    """Raise for the first suspect that no commit after `start` has touched."""
    guilty = []
    for (kind, id_), breach in live.suspects.items():
        last = walk.last[kind].get(id_)
        if last is None or last.seq <= start:
            guilty.append(breach)
    if guilty:
        raise min(guilty, key=lambda breach: (breach.broken.seq or 0, breach.broken.kind, breach.broken.id))


def _walk_on(store: Store, walk: Walk, head: Head, told: "_Told") -> None:
    walk_to(store, walk, head.seq, told)
    if walk.hash != head.hash:
        raise Breach("ledger", "head", head.seq, "the head does not carry the hash of the last commit")


def _check_checkpoints(store: Store, head: Head, checkpoints: Mapping[int, str]) -> None:
    found = Log(store).commits(checkpoints)
    for seq, noted in sorted(checkpoints.items()):
        if seq not in found:
            cut = f"commits {head.seq + 1} to {seq} were cut off" if seq > head.seq else "it was taken out"
            raise Breach("commit", str(seq), seq, f"was noted outside but is missing; the ledger ends at {head.seq}: {cut}")
        if found[seq].hash != noted:
            raise Breach("commit", str(seq), seq, "has another hash than the one that was noted outside")


def _check_beyond(store: Store, head: Head) -> None:
    """Nothing may carry a number that no commit up to the head has; what comes while we look is below the head we read afterwards."""
    for label, kind in (("Commit", "commit"), *((label, kind.value) for kind, label in LABELS.items())):
        rows = store.read(load(QUERIES, "find_beyond").named(label=label), head=head.seq)
        now = _head(store).seq if rows else head.seq
        for row in rows:
            seq = row["seq"]
            name = str(seq) if kind == "commit" or not row["name"] else row["name"]
            if type(seq) is not int:
                raise Breach(
                    kind, name, None, f"has the number {seq!r}, which no commit can have: somebody else than the ledger put it there"
                )
            if not 1 <= seq <= now:
                raise Breach(kind, name, seq, f"stands beyond the head of the ledger, which is at {now}: commits were cut off")


def _head(store: Store) -> Head:
    rows = store.read(load(QUERIES, "read_head"))
    return Head(rows[0]["seq"], rows[0]["hash"], rows[0]["time"]) if rows else Head(0, ZERO, "")


class _Told:
    """Adds up progress. The total is counted once at the start; what is written meanwhile raises it."""

    def __init__(self, store: Store, progress: Progress | None) -> None:
        self._progress = progress
        self._done = self._total = 0
        if progress is not None:
            labels = [*LABELS.values(), "Item", "Record"]
            totals = {label: store.read(load(QUERIES, "count_label").named(label=label))[0]["total"] for label in labels}
            self._total = sum(totals.values())
            progress(0, self._total)

    def __call__(self, count: int) -> None:
        self._done += count
        self._total = max(self._total, self._done)
        if self._progress is not None:
            self._progress(self._done, self._total)


def _answer(walk: Walk, live: LiveCheck | None, broken: Broken | None) -> Verification:
    seen = live.seen if live is not None else dict.fromkeys(VersionKind, 0)
    return Verification(
        holds=broken is None,
        seq=walk.seq,
        hash=walk.hash,
        commits=walk.commits,
        versions=walk.versions,
        items=seen[VersionKind.ITEM],
        relations=seen[VersionKind.RELATION],
        records=seen[VersionKind.RECORD],
        problem=None if broken is None else str(broken),
        broken=broken,
    )

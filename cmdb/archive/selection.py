"""What a policy lets go at a moment: a pure question to the ledger, answered the same again for as long as nothing has changed.

A version may go when it was replaced, or is the last of what was retired, longer ago than its rule keeps it, when no hold names it, and
when no baseline or audit needs it: a baseline at commit n needs every version that was live at n, whatever its scope. A withdrawn baseline
needs nothing. An audit that is not closed needs the commit of its last finished run, from which the next one goes on, and both commits of a
run that is not finished, which is taken up again as it was.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cmdb.archive.retention import Retention
from cmdb.kernel.canonical import digest
from cmdb.kernel.clock import from_text
from cmdb.ledger.asof import History
from cmdb.ledger.chain import OPEN
from cmdb.ledger.log import LABELS, Log, grouped
from cmdb.ledger.purged import Line
from cmdb.ledger.walk import GROUP
from cmdb.model.commit import VersionKind
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
_BASELINE, _NOT_NEEDED = "baseline", "withdrawn"
_AUDIT, _CLOSED = "audit", "closed"
_RUN, _UNFINISHED, _DONE = "audit_run", ("queued", "running"), "done"
KINDS = (VersionKind.ITEM, VersionKind.RELATION)
"""Versions of types and of process records stay: they are what explains the rest."""

MOST = 200_000
"""Versions in one purge; the next takes the rest."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What may go as of a moment: lines as the purge's parts name them, retired items that go whole, and what baselines,
    audits or holds kept."""

    lines: tuple[Line, ...]
    whole: tuple[str, ...]
    kept_for_baselines: int
    kept_for_holds: int
    more: bool

    @property
    def digest(self) -> str:
        """What was approved: a digest over every line and every item that goes whole."""
        return digest("".join([*(f"{line!r}\n" for line in self.lines), *(f"{item}\n" for item in self.whole)]).encode())

    def counts(self) -> dict[str, int]:
        """Versions by type."""
        return dict(sorted(Counter(line[3] for line in self.lines).items()))


def select(store: Store, policy: Retention, moment: str, most: int = MOST) -> Selection:
    """Everything the policy lets go at `moment` (ISO 8601), oldest commits first, `most` versions at most."""
    return _Selector(store, policy, moment, most).run()


class _Selector:
    def __init__(self, store: Store, policy: Retention, moment: str, most: int) -> None:
        self._store, self._policy, self._most = store, policy, most
        now = from_text(moment)
        history = History(store, lambda: now)
        self._horizons = {rule: history.resolve(now - timedelta(days=rule.keep_days)) for rule in policy.rules}
        self._pins = _pins(RecordBook(store))
        self._lines: list[Line] = []
        self._whole: list[str] = []
        self._pinned = self._held = 0

    def run(self) -> Selection:
        horizon = max(self._horizons.values())
        for first, last in self._ranges(horizon):
            for kind in KINDS:
                statement = load(_QUERIES, "column_purgeable").named(label=LABELS[kind])
                columns = self._store.columns(statement, first=first, last=last, horizon=horizon, open=OPEN)
                names = ("key", "subject_id", "type", "seq", "until", "retired", "hash", "source", "target")
                for row in sorted(zip(*(columns[name] for name in names), strict=True)):
                    self._take(kind, dict(zip(names, row, strict=True)))
            if len(self._lines) >= self._most:
                return self._found(more=True)
        return self._found(more=False)

    def _ranges(self, horizon: int) -> Iterator[tuple[int, int]]:
        log, place = Log(self._store), 0
        while place < horizon:
            commits = log.after(place, min(1_000, horizon - place))
            for group in grouped(commits, GROUP):
                yield group[0].seq, group[-1].seq
            place = commits[-1].seq

    def _take(self, kind: VersionKind, row: Mapping[str, object]) -> None:
        type_name, seq, until = str(row["type"]), int(str(row["seq"])), int(str(row["until"]))
        rule = self._policy.rule_for(type_name)
        last = until == OPEN
        ended = seq if last else until
        if rule is None or ended > self._horizons[rule] or (last and not rule.retired_items):
            return
        touched = {str(row["subject_id"])} if kind is VersionKind.ITEM else {str(row["source"]), str(row["target"])}
        if self._policy.holds_on(type_name, touched):
            self._held += 1
        elif not row["retired"] and self._needed(seq, until):
            self._pinned += 1
        else:
            ends = (str(row["source"]), str(row["target"]))
            self._lines.append((kind.value, str(row["key"]), str(row["hash"]), type_name, bool(row["retired"]), *ends))
            if last and kind is VersionKind.ITEM:
                self._whole.append(str(row["subject_id"]))

    def _needed(self, seq: int, until: int) -> bool:
        """Whether a baseline or audit designates a commit at which the version was live: seq <= n < until."""
        place = bisect_left(self._pins, seq)
        return place < len(self._pins) and self._pins[place] < until

    def _found(self, more: bool) -> Selection:
        return Selection(tuple(self._lines), tuple(self._whole), self._pinned, self._held, more)


def _pins(book: RecordBook) -> list[int]:
    """The commits at which what was live is needed, in order."""
    pins = {int(one.body["seq"]) for one in book.all(_BASELINE) if one.body.get("state") != _NOT_NEEDED}
    going_on = {one.id for one in book.all(_AUDIT) if one.body.get("state") != _CLOSED}
    last: dict[str, int] = {}
    for run in (one.body for one in book.all(_RUN)):
        audit, seq = str(run.get("audit")), int(run["seq"])
        if audit in going_on and run.get("state") in _UNFINISHED:
            pins |= {seq, int(run["since"])}
        elif audit in going_on and run.get("state") == _DONE:
            last[audit] = max(seq, last.get(audit, 0))
    return sorted(pins.union(last.values()))


def still(lines: Sequence[Line], now: Selection) -> list[Line]:
    """Those of the ordered lines that may still go."""
    allowed = set(now.lines)
    return [line for line in lines if line in allowed]

"""What people do about deficiencies (requirements 9.1-15, 9.1-16)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from heapq import nsmallest
from itertools import chain

from baselines.audit import life
from baselines.audit.life import Alteration
from baselines.audit.model import Deficiency, DeficiencyState, Severity
from baselines.audit.parties import Parties
from baselines.audit.planning import SOURCE
from baselines.audit.repository import AuditBook, asked_for
from cmdb.kernel.clock import Clock
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.errors import StalePlan
from cmdb.model.actor import Actor, Cause
from cmdb.model.registry import Registry

Wanted = Mapping[str, str | int | bool]
MOST = 1_000
"""Deficiencies in one page; one more may be asked for, to see whether more follow."""


class FollowUp:
    """Lists deficiencies, alters and verifies them."""

    def __init__(self, book: AuditBook, parties: Parties, registry: Callable[[], Registry], clock: Clock) -> None:
        self._book, self._parties, self._registry, self._clock = book, parties, registry, clock

    def get(self, id_: str) -> Deficiency:
        """One deficiency. Raises `DeficiencyNotFound`."""
        return self._book.deficiency(id_)

    def page(self, where: Wanted | None = None, after: str | None = None, first: int = 100, overdue: bool = False) -> list[Deficiency]:
        """At most `first` (1 to 1,001) deficiencies, the worst severity first, then by due date, then by id; those behind the one of the id
        `after`, where it stands now. `where` may name audit, check_id, item_id, owner, state, severity, pending.

        Severities are indexed and dates are not: of a severity that a page reaches every record is read, and `first` of them are kept.
        Raises `InvalidInput`, and `DeficiencyNotFound` where there is none of the id `after`.
        """
        if not 1 <= first <= MOST + 1:
            raise InvalidInput(f"ask for 1 to {MOST:,} deficiencies, not {first:,}")
        begin = life.urgency(self.get(after)) if after else None
        found: list[Deficiency] = []
        for severity in life.WORST_FIRST:
            if begin is None or life.WORST_FIRST.index(severity) >= begin[0]:
                rest = (one for one in self._every(where or {}, severity, overdue) if begin is None or life.urgency(one) > begin)
                found += nsmallest(first - len(found), rest, key=life.urgency)
            if len(found) == first:
                break
        return found

    def count(self, where: Wanted | None = None, overdue: bool = False) -> int:
        """How many there are; every one of them is read."""
        return sum(1 for _ in chain.from_iterable(self._every(where or {}, severity, overdue) for severity in life.WORST_FIRST))

    def of_audit(self, audit: str, pending: bool = True) -> Iterator[Deficiency]:
        """Every deficiency of an audit."""
        return self._book.all_deficiencies({"audit": audit, "pending": True} if pending else {"audit": audit})

    def alter(self, id_: str, wanted: Alteration, actor: Actor, *, expected: int | None = None, key: str | None = None) -> Deficiency:
        """Take a step: owner, action, due date, state, note. Raises what `life.altered` does, and `StalePlan`."""
        return self._step(
            id_, actor, expected, key, asked_for("alter", deficiency=id_, **asdict(wanted)),
            lambda before, names: life.altered(before, wanted, actor, names, self._clock()),
        )  # fmt: skip

    def verify(self, id_: str, effective: bool, note: str, actor: Actor, *, key: str | None = None) -> Deficiency:
        """Say whether what was done helped. Raises what `life.verified` does."""
        return self._step(
            id_, actor, None, key, asked_for("verify", deficiency=id_, effective=effective, note=note),
            lambda before, names: life.verified(before, effective, note, actor, names, self._clock()),
        )  # fmt: skip

    def _step(
        self,
        id_: str,
        actor: Actor,
        expected: int | None,
        key: str | None,
        asked: str,
        step: Callable[[Deficiency, frozenset[str]], Deficiency],
    ) -> Deficiency:
        if key is not None and self._book.outcome(key, asked) is not None:
            return self._book.deficiency(id_)
        before = self._book.deficiency(id_)
        if expected is not None and before.revision != expected:
            raise StalePlan(
                f"deficiency {id_} is at revision {before.revision}, not {expected}; read it again",
                kind="records", stale=[{"id": id_, "expected": expected, "found": before.revision}],
            )  # fmt: skip
        after = step(before, self._parties.folded(actor.name, self._registry()))
        if after != before:
            word = f"{before.state} -> {after.state}" if after.state is not before.state else "altered"
            self._book.write(Cause(actor, SOURCE, f"deficiency {id_} {word}"), [after], key, asked, deficiency=id_)
        return self._book.deficiency(id_)

    def _every(self, where: Wanted, severity: Severity, overdue: bool) -> Iterator[Deficiency]:
        """Those of a severity, by id."""
        if where.get("severity", severity) != severity:
            return
        today = self._clock().date()
        wanted = {**where, "severity": str(severity), **({"pending": True} if overdue else {})}
        for one in self._book.all_deficiencies(wanted):
            if not overdue or life.overdue(one, today):
                yield one


def where_of(
    audit: str | None = None,
    check: str | None = None,
    item: str | None = None,
    owner: str | None = None,
    state: DeficiencyState | None = None,
    severity: Severity | None = None,
    pending: bool | None = None,
) -> dict[str, str | int | bool]:
    """The filter of a page, from what was asked; None asks nothing."""
    asked = {
        "audit": audit, "check_id": check, "item_id": item, "owner": owner, "state": state and str(state),
        "severity": severity and str(severity), "pending": pending,
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value is not None}

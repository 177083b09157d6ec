"""Baselines as the graph keeps them: live `Record` nodes of kind `baseline`, written through the ledger, read here.

A baseline's id follows from its name, whatever its case: two of one name cannot be, even when both are taken at the same moment.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from baselines.errors import BaselineNotFound
from baselines.model import RECORD_KIND, Baseline, BaselineState, ScopeKind
from baselines.touched import QUERIES
from cmdb.kernel.canonical import digest
from cmdb.kernel.errors import InvalidInput
from cmdb.model.commit import Version, VersionKind
from cmdb.model.record import RecordEdit
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store
from cmdb.store.statements import load

SCHEDULE_KIND = "schedule"
"""The kind of schedules' records, see `baselines.schedule`."""

MOST = 1_000
_BEYOND = "~"  # after every time and every id


@dataclass(frozen=True, slots=True)
class BaselineFilter:
    """Which baselines: of these states and scope kinds (none: all), with `name` in their name whatever its case."""

    states: tuple[BaselineState, ...] = ()
    scopes: tuple[ScopeKind, ...] = ()
    name: str = ""


class BaselineBook:
    """Reads baselines. Thread-safe, keeps no state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = RecordBook(store)

    def find(self, ids: Iterable[str]) -> dict[str, Baseline]:
        """Those of these ids that there are."""
        found = self._records.find(RECORD_KIND, list(ids))
        return {one.id: Baseline.from_body(one.body, one.revision) for one in found.values()}

    def named(self, id_or_name: str) -> Baseline | None:
        """The baseline with this id or name, None where there is none."""
        by_name = baseline_id(id_or_name)
        found = self.find([id_or_name, by_name])
        return found.get(id_or_name) or found.get(by_name)

    def get(self, id_or_name: str) -> Baseline:
        """The baseline with this id or name. Raises `BaselineNotFound`."""
        found = self.named(id_or_name)
        if found is None:
            raise BaselineNotFound(f"there is no baseline {id_or_name[:80]!r}", name=id_or_name[:80])
        return found

    def page(self, wanted: BaselineFilter | None = None, after: str | None = None, first: int = 50) -> list[Baseline]:
        """Baselines, the newest first, at most `first` (1 to 1,000, and one more to see whether there is a next page), after the one
        with the id `after`."""
        if not 1 <= first <= MOST + 1:
            raise InvalidInput(f"ask for 1 to {MOST:,} baselines, not {first:,}")
        taken_at = self.get(after).taken_at if after else _BEYOND
        rows = self._store.read(
            load(QUERIES, "list_baselines"), **_conditions(wanted), taken_at=taken_at, after=after or _BEYOND, first=first
        )
        return [Baseline.from_body(orjson.loads(row["body"]), row["revision"]) for row in rows]

    def count(self, wanted: BaselineFilter | None = None) -> int:
        """How many there are."""
        return int(self._store.read(load(QUERIES, "count_baselines"), **_conditions(wanted))[0]["total"])

    def unsealed(self, first: int = 100) -> list[str]:
        """Ids of baselines that have no seal yet, the oldest first."""
        return [row["id"] for row in self._store.read(load(QUERIES, "list_unsealed"), first=first)]

    def taken_by_schedule(self, schedule_id: str) -> list[Baseline]:
        """Baselines a schedule took, by the commit they designate, oldest first."""
        found = [Baseline.from_body(one.body, one.revision) for one in self._records.all(RECORD_KIND, {"schedule": schedule_id})]
        return sorted(found, key=lambda one: (one.seq, one.taken_at))

    def scheduled_by(self, one: Baseline) -> str | None:
        """Who made the schedule that took a baseline; None where a person took it. Ids of schedules follow from names, so the schedule is
        looked up as of the baseline's commit: another of the name may have come since."""
        if one.schedule is None:
            return None
        then = self._records.at(SCHEDULE_KIND, one.schedule, one.seq)
        body = then.body if then is not None else self._records.versions(one.schedule, limit=1)[0].body["body"]
        return str(body["created_by"])

    def versions(self, baseline_id: str, before: int | None = None, limit: int = 100) -> list[Version]:
        """The steps of a baseline's life, newest first; `Version.body["body"]` is what the record said."""
        return self._records.versions(baseline_id, before, limit)


def folded(name: str) -> str:
    """What two names must not share: case, width and space do not make another name."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def baseline_id(name: str) -> str:
    """`b` and 25 hexadecimal digits that follow from the name."""
    return "b" + digest(f"baseline|{folded(name)}".encode())[:25]


def record_of(baseline: Baseline, expected_revision: int) -> RecordEdit:
    """The record that keeps a baseline."""
    indexed: dict[str, str | int | bool] = {
        "name": baseline.name,
        "folded": folded(baseline.name),
        "state": baseline.state.value,
        "scope_kind": baseline.scope.kind.value,
        "taken_at": baseline.taken_at,
        "schedule": baseline.schedule or "",
        "sealed": baseline.sealed,
    }
    return RecordEdit(VersionKind.RECORD, RECORD_KIND, baseline.id, baseline.body(), expected_revision, indexed)


def _conditions(wanted: BaselineFilter | None) -> dict[str, Any]:
    asked = wanted or BaselineFilter()
    return {
        "states": [one.value for one in asked.states or tuple(BaselineState)],
        "scopes": [one.value for one in asked.scopes or tuple(ScopeKind)],
        "name": folded(asked.name),
    }

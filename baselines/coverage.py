"""Totals of a comparison, and its coverage: the share of differences that a change authorised, per type and per service (design 8).

A difference belongs to every service that its item supports on the second side (the first, where it is there no more): the services reached
from it over relationships through which failure travels. A relationship belongs to the services of the end that needs the other. The share
counts `authorised` over all differences to which authorisation applies.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from baselines.differences import Authorisation, Difference, DifferenceKind, Subject
from baselines.touched import Touched, chunks
from cmdb.model.registry import Registry

MOST_ITEMS = 200_000
"""Items looked at on the way to services; beyond it coverage per service says that it is not complete."""
_WAVE = 5_000


@dataclass(slots=True)
class Tally:
    """Counts of some differences. `share` is None where authorisation applies to none of them."""

    total: int = 0
    authorised: int = 0
    partly: int = 0
    none: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, one: Difference) -> None:
        """Count one."""
        self.total += 1
        self.kinds[one.kind.value] += 1
        if one.authorisation is not Authorisation.NOT_APPLICABLE:
            setattr(self, one.authorisation.value, getattr(self, one.authorisation.value) + 1)

    @property
    def share(self) -> float | None:
        """The share of authorised differences, 0 to 1."""
        counted = self.authorised + self.partly + self.none
        return self.authorised / counted if counted else None

    def body(self) -> dict[str, Any]:
        """Plain JSON."""
        share = self.share
        return {
            "total": self.total,
            "authorised": self.authorised,
            "partly": self.partly,
            "none": self.none,
            "share": None if share is None else round(share, 4),
            "kinds": {kind.value: self.kinds[kind.value] for kind in DifferenceKind if self.kinds[kind.value]},
        }


@dataclass(frozen=True, slots=True)
class ServiceTally:
    """One service's tally. `id` is None for what supports no service."""

    id: str | None
    name: str
    tally: Tally


@dataclass(slots=True)
class Totals:
    """Everything counted over a whole comparison. `paired`: whether changes of type were looked for."""

    all: Tally = field(default_factory=Tally)
    items: Tally = field(default_factory=Tally)
    relations: Tally = field(default_factory=Tally)
    by_type: dict[str, Tally] = field(default_factory=dict)
    paired: bool = True

    def add(self, one: Difference) -> None:
        """Count one."""
        self.all.add(one)
        (self.items if one.subject is Subject.ITEM else self.relations).add(one)
        self.by_type.setdefault(one.type, Tally()).add(one)

    def types(self) -> list[tuple[str, Tally]]:
        """By type, most differences first."""
        return sorted(self.by_type.items(), key=lambda pair: (-pair[1].total, pair[0]))

    def body(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "all": self.all.body(),
            "items": self.items.body(),
            "relationships": self.relations.body(),
            "byType": {name: tally.body() for name, tally in self.types()},
        }


class Supports:
    """Which services items support as of a commit, found from the items upward, so that the cost follows them. Remembers what it saw."""

    def __init__(self, touched: Touched, registry: Registry, seq: int, most: int = MOST_ITEMS) -> None:
        self._touched = touched
        self.registry = registry
        self._seq = seq
        self._most = most
        self._services = frozenset(registry.concrete_of("service")) if "service" in registry.item_types else frozenset()
        self._from_target, self._from_source = registry.carriers()  # over the first the target's dependents are the sources
        self._reached: dict[str, frozenset[str]] = {}
        self.complete = True

    def of(self, ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The services each of these supports, itself among them where it is one."""
        wanted = list(dict.fromkeys(ids))
        dependents = self._above(wanted)
        self._settle(dependents)
        return {id_: self._reached.get(id_, frozenset()) for id_ in wanted}

    def _above(self, ids: Sequence[str]) -> dict[str, set[str]]:
        """What depends on these, directly or not, as far as it is not known yet: item -> its dependents."""
        found: dict[str, set[str]] = {}
        wave = [id_ for id_ in ids if id_ not in self._reached]
        while wave:
            if len(self._reached) + len(found) + len(wave) > self._most:
                self.complete = False
                break
            found.update((id_, set()) for id_ in wave)
            for _, source, target in self._touched.links(wave, self._from_target, self._seq, "target"):
                found[target].add(source)
            for _, source, target in self._touched.links(wave, self._from_source, self._seq, "source"):
                found[source].add(target)
            near = {other for id_ in wave for other in found[id_]}
            wave = sorted(near - found.keys() - self._reached.keys())
        return found

    def _settle(self, dependents: dict[str, set[str]]) -> None:
        """Hand services down to what they rest on until nothing changes; cycles are fine, sets only grow."""
        types = self._touched.types(dependents)
        sets: dict[str, set[str]] = {id_: {id_} if types.get(id_) in self._services else set() for id_ in dependents}
        providers: dict[str, list[str]] = {}
        for id_, others in dependents.items():
            for other in others:
                if other in sets:
                    providers.setdefault(other, []).append(id_)
                else:
                    sets[id_] |= self._reached.get(other, frozenset())
        todo = [id_ for id_, services in sets.items() if services]
        while todo:
            id_ = todo.pop()
            for provider in providers.get(id_, ()):
                if not sets[id_] <= sets[provider]:
                    sets[provider] |= sets[id_]
                    todo.append(provider)
        shared: dict[frozenset[str], frozenset[str]] = {}
        for id_, services in sets.items():
            same = frozenset(services)
            self._reached[id_] = shared.setdefault(same, same)


def by_service(differences: Iterable[Difference], second: Supports, first: Supports) -> dict[str | None, Tally]:
    """Tallies by service id; None for what supports none. Streams."""
    found: dict[str | None, Tally] = {}
    for part in chunks(differences, _WAVE):
        for one, services in zip(part, services_of(part, second, first), strict=True):
            for service in services or (None,):
                found.setdefault(service, Tally()).add(one)
    return found


def services_of(part: Sequence[Difference], second: Supports, first: Supports) -> list[frozenset[str]]:
    """The services each of these belongs to: on the second side, on the first where it is there no more."""
    places = [(subject_of(one, second.registry), second if one.after is not None else first) for one in part]
    reached = {side: side.of(subject for subject, at in places if at is side) for side in (second, first)}
    return [reached[side].get(subject, frozenset()) for subject, side in places]


def subject_of(one: Difference, registry: Registry) -> str:
    """The item a difference is counted with: of a relationship the end that needs the other, the source where failure does not travel."""
    if one.source is None or one.target is None:
        return one.id
    kind = registry.relation_types.get(one.type)
    return one.target.id if kind is not None and kind.propagation.affected_end == "target" else one.source.id

"""What items say: complete, valid, as declared, and naming what is there (requirements 9.1-01, 9.1-02, 9.1-09)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from baselines.audit.checks.base import BadParameter, Check, Numbered, Reader, Tally
from baselines.audit.checks.parameters import anything, names, one_of, text
from baselines.audit.conditions import BadCondition, Condition, compile_condition, known_fields
from baselines.audit.ground import Ground
from baselines.audit.words import an
from cmdb.model.item import CORE_FIELDS, ItemState
from cmdb.model.registry import Registry
from cmdb.model.types import Kind
from cmdb.model.validation import check_fields

SHOWN = 8
"""Names in one sentence."""


class Completeness(Check):
    """`fields`: `required` or `recommended` attributes of each type; `names`: fields to look for beside or instead of them (a type without
    one of them is not asked for it). One finding for an item names all it lacks."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "fields": one_of("required", "recommended"), "names": names}

    def prepare(self, registry: Registry) -> None:
        if not self.given.get("fields") and not self.given.get("names"):
            raise BadParameter("completeness needs fields (required or recommended) or names")
        known = known_fields(registry, self.given.get("types", ()))
        for one in self.given.get("names", ()):
            if one not in known:
                raise BadParameter(f"names: none of the types has a field {one[:60]!r}")

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        self._wanted: dict[str, tuple[str, ...]] = {}

    def window(self, items: Sequence[Numbered]) -> None:
        for number, item in self.mine(items):
            wanted = self._wanted.get(item.type)
            if wanted is None:
                wanted = self._wanted[item.type] = self._fields(item.type)
            if not wanted:
                continue
            self.tally.looked()
            lacking = [name for name in wanted if item.value(name) in (None, ())]
            if lacking:
                said = "required" if self.given.get("fields") == "required" else "expected"
                self.tally.fail(item, f"has no {listed(lacking)} ({said} of {an(item.type)})", number)

    def _fields(self, type_name: str) -> tuple[str, ...]:
        resolved = self.ground.registry.item_types.get(type_name)
        attributes = resolved.attributes if resolved is not None else {}
        asked = self.given.get("fields")
        flagged = [name for name, one in attributes.items() if asked and (one.required if asked == "required" else one.recommended)]
        more = [name for name in self.given.get("names", ()) if name in CORE_FIELDS or name in attributes]
        return tuple(dict.fromkeys([*flagged, *more]))


class Validity(Check):
    """Values that their type would not let in today, as after a change of types."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names}

    def window(self, items: Sequence[Numbered]) -> None:
        registry = self.ground.registry
        for number, item in self.mine(items):
            self.tally.looked()
            fields = {**item.attributes, **{name: value for name in CORE_FIELDS if (value := getattr(item, name))}}
            _, problems = check_fields(registry, item.type, fields)
            if problems:
                self.tally.fail(item, listed([f"{one.attribute or item.type} {one.rule}" for one in problems]), number)


class Rule(Check):
    """`must` hold for each item of `types` for which `when` holds. `says` is the sentence of the finding (`{field}` places are filled)."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "when": anything, "must": anything, "says": text}

    def prepare(self, registry: Registry) -> None:
        if "must" not in self.given:
            raise BadParameter("rule needs must: the condition that has to hold")
        try:
            self._when = compile_condition(self.given["when"], registry) if "when" in self.given else None
            self._must = compile_condition(self.given["must"], registry)
        except BadCondition as problem:
            raise BadParameter(str(problem)) from None
        known = known_fields(registry, self.given.get("types", ()))
        for name in (*self._must.fields, *(self._when.fields if self._when else ())):
            if name not in known:
                raise BadParameter(f"none of the types has a field {name[:60]!r}")

    def window(self, items: Sequence[Numbered]) -> None:
        ground, when, must = self.ground, self._when, self._must
        for number, item in self.mine(items):
            if when is not None and not when.holds(item, number, ground):
                continue
            self.tally.looked()
            if not must.holds(item, number, ground):
                self.tally.fail(item, self._sentence(item, must), number)

    def _sentence(self, item: ItemState, must: Condition) -> str:
        values = {name: shown(item.value(name)) for name in must.fields}
        if "says" in self.given:
            said = str(self.given["says"])
            for name in (*values, *CORE_FIELDS):
                said = said.replace("{" + name + "}", values.get(name, shown(item.value(name))))
            return said
        found = "; ".join(f"{name} is {value}" for name, value in values.items())
        return f"must hold: {must.says}" + (f" ({found})" if found else "")


class Dangling(Check):
    """Attributes that refer to an item: it must be live and of the type the attribute asks for."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names}

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        self._references = {
            name: [(a.name, a.reference) for a in one.attributes.values() if a.kind is Kind.REFERENCE]
            for name, one in ground.registry.item_types.items()
        }

    def window(self, items: Sequence[Numbered]) -> None:
        for number, item in self.mine(items):
            for name, wanted in self._references.get(item.type, ()):
                value = item.attributes.get(name)
                if value is None:
                    continue
                for one in value if isinstance(value, tuple) else (value,):
                    self.tally.looked()
                    problem = self._problem(str(one), wanted)
                    if problem:
                        self.tally.fail(item, f"{name} refers to {one}, {problem}", number, key=f"{name}|{one}")

    def _problem(self, item_id: str, wanted: str | None) -> str:
        estate = self.ground.estate
        other = estate.number(item_id)
        if other < 0:
            return "which is not live"
        found = estate.type_name(other)
        if wanted is not None and not self.ground.registry.is_a(found, wanted):
            return f"which is {an(found)}, not {an(wanted)}"
        return ""


class KnownName(Check):
    """`field` must be the name of a live item of `of` types, such as an owner that is a known team or person."""

    PARAMETERS: ClassVar[Mapping[str, Reader]] = {"types": names, "field": text, "of": names}

    def prepare(self, registry: Registry) -> None:
        if "field" not in self.given or not self.given.get("of"):
            raise BadParameter("known_name needs field and of (the types whose names count)")
        for one in self.given["of"]:
            if one not in registry.item_types:
                raise BadParameter(f"of: there is no item type {one[:60]!r}")
        if self.given["field"] not in known_fields(registry, self.given.get("types", ())):
            raise BadParameter(f"none of the types has a field {self.given['field'][:60]!r}")

    def start(self, ground: Ground, tally: Tally) -> None:
        super().start(ground, tally)
        self._said: defaultdict[str, list[int]] = defaultdict(list)

    def window(self, items: Sequence[Numbered]) -> None:
        for number, item in self.mine(items):
            value = item.value(self.given["field"])
            if isinstance(value, str) and value:
                self._said[value].append(number)

    def finish(self) -> None:
        known = self._known_names()
        for value, numbers in sorted(self._said.items()):
            self.tally.looked(len(numbers))
            if value.casefold() in known:
                continue
            estate = self.ground.estate
            filed = [one for one in numbers if self.tally.knows(estate.id_of(one))]
            states = self.states(list(dict.fromkeys([*filed, *numbers[: max(0, self.tally.room())]])))
            for number in numbers:
                item = states.get(number) or ItemState(estate.id_of(number), estate.type_name(number), "", "")
                self.tally.fail(item, f"{self.given['field']} is {value!r}, the name of no live {' or '.join(self.given['of'])}", number)

    def _known_names(self) -> frozenset[str]:
        """Names of every live item of the types, also of those that are not in scope."""
        estate = self.ground.estate
        numbers = [int(one) for one in estate.of_types(self.ground.concrete(self.given["of"])).nonzero()[0]]
        found: set[str] = set()
        for item in self.states(numbers).values():
            found.update(
                str(one).casefold() for one in (item.name, item.id, *(item.attributes.get(a, "") for a in ("user_name", "email"))) if one
            )
        return frozenset(found)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`, the rest as a number."""
    if len(words) > SHOWN:
        return f"{', '.join(words[:SHOWN])} and {len(words) - SHOWN} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def shown(value: Any) -> str:
    """A value for a sentence."""
    if value is None:
        return "not given"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

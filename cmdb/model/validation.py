"""Whether values fit their type (requirements 9.1-01, 9.1-02): never raises, says everything that is wrong, gives canonical values back.

For each type the checkers are compiled once and kept with the registry (`Registry.derived`), so that a field costs well under 2 µs.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.model.item import Scalar, Value
from cmdb.model.problems import Code, FieldProblem, problem, shorten
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.types import AttributeDef
from cmdb.model.validation_kinds import Checker, WrongValue, checker_of, choice, line, text

__all__ = ["Code", "FieldProblem", "check_fields", "check_relation", "check_transition", "missing_fields"]

Checked = tuple[dict[str, Value | None], list[FieldProblem]]
MAX_PROBLEMS = 100
"""After so many problems the rest of an item is not looked at: a thousand wrong fields are one mistake."""
NAME_LENGTH, VERSION_LENGTH, LOCATION_LENGTH, OWNER_LENGTH, DESCRIPTION_LENGTH = 500, 300, 500, 300, 20_000


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What is needed to check the fields of one type."""

    single: Mapping[str, Checker]
    multiple: Mapping[str, tuple[Checker, int]]
    required: tuple[str, ...]
    secret: frozenset[str]

    @property
    def names(self) -> list[str]:
        return [*self.single, *self.multiple]


def check_fields(registry: Registry, type_name: str, fields: Mapping[str, Any], *, complete: bool = False) -> Checked:
    """Check what a source says of an item of this type: core fields and typed attributes.

    Gives the canonical values and the problems; a field with a problem is not among the values. None stays None, and empty text and empty
    lists become None: the source says that there is nothing. `complete` also asks for every required field (an observation may leave out
    what another source knows, an item may not; see `missing_fields`).
    """
    compiled = registry.derived(_compile_items).get(type_name) if isinstance(type_name, str) else None
    if compiled is None:
        return {}, [_no_type(registry, type_name)]
    clean, problems = _check(compiled, type_name, fields)
    if "name" in clean and clean["name"] is None:
        problems.append(problem(Code.REQUIRED_MISSING, type_name, "name", fields["name"], "must not be empty: every item has a name"))
    if complete:
        given = {one.attribute for one in problems}
        problems += [one for one in _missing(compiled, type_name, clean) if one.attribute not in given]
    return clean, problems


def missing_fields(registry: Registry, type_name: str, fields: Mapping[str, Any]) -> list[FieldProblem]:
    """The required fields of an item that have no value (absent, None or empty), `name` among them. `fields` are effective values."""
    compiled = registry.derived(_compile_items).get(type_name)
    return [_no_type(registry, type_name)] if compiled is None else _missing(compiled, type_name, fields)


def check_transition(registry: Registry, type_name: str, before: str, after: str) -> FieldProblem | None:
    """Whether an item of this type may move from one lifecycle state to the other; the problem if not (requirement 9.1-05)."""
    lifecycle = registry.item(type_name).lifecycle
    if after not in lifecycle.names:
        return problem(Code.UNKNOWN_STATUS, type_name, "status", after, f"must be one of {', '.join(lifecycle.names)}")
    if lifecycle.allows(before, after):
        return None
    allowed = next((state.to for state in lifecycle.states if state.name == before), ())
    reach = f"only to {', '.join(allowed)}" if allowed else "nowhere: it is an end"
    return problem(Code.STATUS_MOVE, type_name, "status", after, f"cannot follow {before!r}, which leads {reach}")


def check_relation(
    registry: Registry,
    relation: str,
    attributes: Mapping[str, Any],
    source_type: str | None = None,
    target_type: str | None = None,
) -> tuple[dict[str, Value], list[FieldProblem]]:
    """Check one relationship: its type, its attributes and, where both are given, the item types it connects. Canonical attributes and
    problems (`unknown-relation-type`, `relation-pair` with the pairs that are, and those of attributes)."""
    compiled = registry.derived(_compile_relations).get(relation) if isinstance(relation, str) else None
    if compiled is None:
        rule = f"is no relationship type{_near(relation, list(registry.relation_types))}"
        return {}, [problem(Code.UNKNOWN_RELATION_TYPE, _label(relation), "", relation, rule)]
    checked, problems = _check(compiled, relation, attributes)
    clean = {name: value for name, value in checked.items() if value is not None}
    if source_type is not None and target_type is not None and not registry.pair_allowed(relation, source_type, target_type):
        unknown = [_no_type(registry, one) for one in (source_type, target_type) if one not in registry.item_types]
        problems += unknown or [_no_pair(registry, relation, source_type, target_type)]
    return clean, problems


def _check(compiled: _Compiled, type_name: str, fields: Mapping[str, Any]) -> Checked:
    if not isinstance(fields, Mapping):
        return {}, [problem(Code.WRONG_KIND, type_name, "", fields, "must be an object of names and values")]
    clean: dict[str, Value | None] = {}
    problems: list[FieldProblem] = []
    single = compiled.single
    for name, value in fields.items():
        try:
            check = single.get(name)
            if value is None:
                if check is None and name not in compiled.multiple:
                    raise _unknown(name, compiled)
                clean[name] = None
            elif check is not None:
                clean[name] = check(value)
            else:
                clean[name] = _check_many(name, value, compiled)
        except WrongValue as wrong:
            said = wrong.shown and name not in compiled.secret
            problems.append(problem(wrong.code, type_name, _label(name), value, wrong.rule, shown=said))
            if len(problems) >= MAX_PROBLEMS:
                break
    return clean, problems


def _check_many(name: Any, value: Any, compiled: _Compiled) -> Value | None:
    if name not in compiled.multiple:
        raise _unknown(name, compiled)
    check, most = compiled.multiple[name]
    if not isinstance(value, (list, tuple)):
        raise WrongValue(Code.WRONG_KIND, "must be a list of values")
    if len(value) > most:
        raise WrongValue(Code.TOO_MANY_VALUES, f"must have at most {most:,} values")
    found: dict[Scalar | None, None] = {}
    for place, one in enumerate(value):
        try:
            found[check(one)] = None
        except WrongValue as wrong:
            raise WrongValue(wrong.code, f"at {place} ({shorten(one)}) {wrong.rule}", shown=wrong.shown) from None
    return tuple(one for one in found if one is not None) or None


def _missing(compiled: _Compiled, type_name: str, fields: Mapping[str, Any]) -> list[FieldProblem]:
    lacking = [name for name in compiled.required if fields.get(name) in (None, "", ())]
    return [problem(Code.REQUIRED_MISSING, type_name, name, None, "is required and has no value") for name in lacking]


def _compile_items(registry: Registry) -> dict[str, _Compiled]:
    return {name: _compile_item(one) for name, one in registry.item_types.items()}


def _compile_item(resolved: ResolvedType) -> _Compiled:
    core: dict[str, Checker] = {
        "name": line(NAME_LENGTH, None),
        "status": choice(resolved.lifecycle.names, Code.UNKNOWN_STATUS),
        "version": line(VERSION_LENGTH, None),
        "location": line(LOCATION_LENGTH, None),
        "description": text(DESCRIPTION_LENGTH, None),
        "owner": line(OWNER_LENGTH, None),
    }
    return _compile(core, resolved.attributes, ("name",))


def _compile_relations(registry: Registry) -> dict[str, _Compiled]:
    return {name: _compile({}, {a.name: a for a in one.attributes}, ()) for name, one in registry.relation_types.items()}


def _compile(core: dict[str, Checker], attributes: Mapping[str, AttributeDef], required: tuple[str, ...]) -> _Compiled:
    single = core | {name: checker_of(one) for name, one in attributes.items() if not one.multiple}
    multiple = {name: (checker_of(one), one.max_items) for name, one in attributes.items() if one.multiple}
    needed = (*required, *(name for name, one in attributes.items() if one.required))
    return _Compiled(single, multiple, needed, frozenset(name for name, one in attributes.items() if one.secret))


def _unknown(name: Any, compiled: _Compiled) -> WrongValue:
    known = compiled.names
    offer = _near(name, known) or (f"; it has {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}" if known else "; it has none")
    return WrongValue(Code.UNKNOWN_ATTRIBUTE, f"is given for {_label(name)!r}, which the type does not have{offer}", shown=False)


def _no_type(registry: Registry, name: object) -> FieldProblem:
    rule = f"is no item type{_near(name, list(registry.item_types))}"
    return problem(Code.UNKNOWN_TYPE, _label(name), "", name, rule)


def _no_pair(registry: Registry, relation: str, source_type: str, target_type: str) -> FieldProblem:
    pairs = [f"{pair.source} -> {pair.target}" for pair in registry.relation(relation).pairs]
    shown = ", ".join(pairs[:12]) + (f" and {len(pairs) - 12} more" if len(pairs) > 12 else "")
    back = f"; did you mean the other way round ({target_type} -> {source_type})?" * registry.pair_allowed(
        relation, target_type, source_type
    )
    return problem(Code.RELATION_PAIR, relation, "", f"{source_type} -> {target_type}", f"must be one of {shown} or types below them{back}")


def _label(name: object) -> str:
    return shorten(name).strip("'") if not isinstance(name, str) or not name.isprintable() else name[:80]


def _near(name: object, known: list[str]) -> str:
    close = difflib.get_close_matches(name[:80], known, n=1) if isinstance(name, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""

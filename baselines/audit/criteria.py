"""Criteria as data: which checks an audit applies, with which limits (requirement 4.5.4.2-05).

A criterion is either the id of one of the default ones (`criteria/default.yaml`), with what is to be different, or a whole one of its own:

    - {id: staleness, parameters: {after: 30d}}
    - {id: prod_owner, kind: completeness, title: "...", severity: major, parameters: {types: [service], names: [owner]}}

The resolved criteria are kept in the audit's record, so that a later change of the defaults does not change an audit that was planned.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from baselines.audit.errors import BadCriteria
from baselines.audit.kinds import BadParameter, make_check
from baselines.audit.model import CheckKind, CheckSpec, Severity
from cmdb.model.registry import Registry

DEFAULT = Path(__file__).parent / "criteria" / "default.yaml"
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PARTS = ("id", "kind", "title", "severity", "requirement", "action", "due_days", "most", "parameters")
MOST = 100
"""Checks in one audit."""


def default_criteria() -> tuple[CheckSpec, ...]:
    """The criteria that come with the product."""
    return tuple(_own(one, "default.yaml") for one in yaml.safe_load(DEFAULT.read_text("utf-8"))["checks"])


def read_criteria(given: Sequence[Any] | None, registry: Registry) -> tuple[CheckSpec, ...]:
    """The criteria a plan names (None or empty: all default ones), resolved and checked against the types. Raises `BadCriteria`."""
    known = {one.id: one for one in default_criteria()}
    if not given:
        found = list(known.values())
    else:
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST:
            raise BadCriteria(f"criteria are a list of 1 to {MOST} checks")
        found = [_resolve(one, known, f"checks.{place}") for place, one in enumerate(given)]
    faults = []
    for place, one in enumerate(found):
        if one.id in {other.id for other in found[:place]}:
            faults.append(_fault(one.id, "is given twice"))
        try:
            make_check(one, registry)
        except BadParameter as problem:
            faults.append(_fault(one.id, str(problem)))
    if faults:
        raise BadCriteria("; ".join(f"{one['check']}: {one['message']}" for one in faults[:5]), faults=faults)
    return tuple(found)


def read_criteria_file(path: Path) -> list[Any]:
    """The `checks` of a YAML file. Raises `BadCriteria`."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadCriteria(f"{path} cannot be read as YAML: {problem}") from problem
    if not isinstance(document, Mapping) or not isinstance(document.get("checks"), list):
        raise BadCriteria(f"{path} holds no criteria: it needs a list `checks`")
    return list(document["checks"])


def _resolve(body: Any, known: Mapping[str, CheckSpec], place: str) -> CheckSpec:
    if isinstance(body, str):
        body = {"id": body}
    if not isinstance(body, Mapping):
        raise BadCriteria(f"{place} is no check: write its id, or an object with id and what is to be different")
    base = known.get(str(body.get("id")))
    if base is None or "kind" in body:
        return _own(body, place)
    _check_parts(body, place)
    parts = {name: value for name, value in body.items() if name != "parameters"}
    return replace(base, **_typed(parts, place), parameters={**base.parameters, **body.get("parameters", {})})


def _own(body: Mapping[str, Any], place: str) -> CheckSpec:
    _check_parts(body, place)
    if "kind" not in body:
        raise BadCriteria(f"{place}: there is no default check {str(body.get('id'))[:60]!r}; a check of your own needs a kind and a title")
    if not body.get("title"):
        raise BadCriteria(f"{place}: a check needs a title")
    return CheckSpec(**_typed(dict(body), place))


def _check_parts(body: Mapping[str, Any], place: str) -> None:
    unknown = [str(name) for name in body if name not in _PARTS]
    if unknown:
        raise BadCriteria(f"{place}: {unknown[0][:60]!r} is no part of a check; it has {', '.join(_PARTS)}")
    if not isinstance(body.get("id"), str) or not _ID.fullmatch(body["id"]):
        raise BadCriteria(f"{place}: a check needs an id in lower snake case")
    if not isinstance(body.get("parameters", {}), Mapping):
        raise BadCriteria(f"{place}: parameters are an object of names and values")


def _typed(parts: dict[str, Any], place: str) -> dict[str, Any]:
    for name, words in (("kind", CheckKind), ("severity", Severity)):
        if name in parts:
            try:
                parts[name] = words(parts[name])
            except ValueError:
                raise BadCriteria(f"{place}: {str(parts[name])[:40]!r} is no {name}; use {', '.join(words)}") from None
    for name, most in (("due_days", 3_650), ("most", 100_000)):
        value = parts.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise BadCriteria(f"{place}: {name} is a whole number from 0 to {most:,}")
    for name in ("title", "requirement", "action"):
        if not isinstance(parts.get(name, ""), str) or len(parts.get(name, "")) > 500:
            raise BadCriteria(f"{place}: {name} is a text of at most 500 characters")
    return parts


def _fault(check: str, message: str) -> dict[str, str]:
    return {"check": check, "message": message}

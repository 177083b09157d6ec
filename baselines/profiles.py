"""Profiles of a comparison: what is looked at and what is noise (design 8, include and exclude lists).

A profile has lists of patterns (`*`, `?`, `[...]` as in file names):
- types: item types, each with those below it, and relationship types; with `include_types` only those count, `exclude_types` never do;
- attributes: `attribute` for all types, or `type.attribute`; core fields and attributes of relationships are named the same way.
Exclusion wins. A pattern that names nothing the registry knows is a fault, told with what may have been meant: a profile with a slip in it
would hide or show the wrong things in silence.

Profiles are records of the ledger, so who changed what an audit looks at is known as well. Two are built in and cannot be altered:
`everything`, and `significant`, which leaves out what moves by itself (times of start and of verification).
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from baselines.differences import Subject
from baselines.types_then import TypesThen
from cmdb.kernel.errors import Conflict, InvalidInput, NotFound
from cmdb.ledger.service import Ledger
from cmdb.model.actor import Cause
from cmdb.model.commit import Receipt, VersionKind
from cmdb.model.item import CORE_FIELDS
from cmdb.model.plan import ChangePlan
from cmdb.model.record import RecordEdit
from cmdb.model.registry import Registry
from cmdb.records.book import RecordBook

KIND = "compare_profile"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_LISTS = ("include_types", "exclude_types", "include_attributes", "exclude_attributes")
_MOST_PATTERNS = 200


class ProfileNotFound(NotFound):
    """No profile of comparison has this name."""

    code = "profile-not-found"
    title = "There is no such profile of comparison"


class BadProfile(InvalidInput):
    """A profile names types or attributes that no type has, or is malformed. `faults` lists each: pattern, list, message."""

    code = "bad-profile"
    title = "The profile does not fit the types"


class ProfileFixed(Conflict):
    """A built-in profile cannot be altered."""

    code = "profile-fixed"
    title = "This profile is built in"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a comparison looks at. `provenance`: also who said each value. `revision` 0: not saved (built in, or made for one question)."""

    name: str
    description: str = ""
    include_types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    include_attributes: tuple[str, ...] = ()
    exclude_attributes: tuple[str, ...] = ()
    relationships: bool = True
    provenance: bool = False
    revision: int = 0

    def body(self) -> dict[str, Any]:
        """What its record says."""
        lists = {name: list(getattr(self, name)) for name in _LISTS}
        said = {"name": self.name, "description": self.description}
        return {**said, **lists, "relationships": self.relationships, "provenance": self.provenance}

    @staticmethod
    def from_body(body: Mapping[str, Any], revision: int = 0) -> "Profile":
        """The profile a `body()` came from."""
        lists = {name: tuple(body.get(name, ())) for name in _LISTS}
        return Profile(
            name=body["name"],
            description=body.get("description", ""),
            relationships=body.get("relationships", True),
            provenance=body.get("provenance", False),
            revision=revision,
            **lists,
        )


EVERYTHING = Profile("everything", "Every type and every attribute.")
SIGNIFICANT = Profile(
    "significant",
    "Leaves out what moves by itself: times of start and of verification.",
    exclude_attributes=("host.boot_time", "software_instance.started_at", "verified_at"),
)
BUILT_IN = {one.name: one for one in (EVERYTHING, SIGNIFICANT)}


class Lens:
    """A profile ready to be looked through: answers about types and attributes are kept, so that a million subjects ask cheaply."""

    def __init__(self, profile: Profile, types: TypesThen) -> None:
        self.profile = profile
        self._include = _types_named(profile.include_types, types)
        self._exclude = _types_named(profile.exclude_types, types)
        self._lines = types.lines()
        self._ignored: dict[tuple[str, str], bool] = {}

    def sees(self, subject: Subject, type_name: str) -> bool:
        """Whether items or relationships of this type count."""
        if subject is Subject.RELATION and not self.profile.relationships:
            return False
        included = not self.profile.include_types or type_name in self._include
        return included and type_name not in self._exclude

    def kept(self, type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that count."""
        if not (self.profile.include_attributes or self.profile.exclude_attributes):
            return dict(fields)
        return {name: value for name, value in fields.items() if not self.ignores(type_name, name)}

    def ignores(self, type_name: str, attribute: str) -> bool:
        """Whether an attribute of a type does not count."""
        key = (type_name, attribute)
        if key not in self._ignored:
            line = self._lines.get(type_name, (type_name,))
            included = not self.profile.include_attributes or _named(self.profile.include_attributes, line, attribute)
            self._ignored[key] = not included or _named(self.profile.exclude_attributes, line, attribute)
        return self._ignored[key]


class Profiles:
    """Saved profiles. Thread-safe."""

    def __init__(self, ledger: Ledger, records: RecordBook, registry: Callable[[], Registry]) -> None:
        self._ledger = ledger
        self._records = records
        self._registry = registry

    def get(self, name: str | None) -> Profile:
        """The profile of this name, built-in ones among them; `everything` for None. Raises `ProfileNotFound`."""
        if name is None:
            return EVERYTHING
        if name in BUILT_IN:
            return BUILT_IN[name]
        found = self._records.find(KIND, [_id(name)]).get(_id(name))
        if found is None:
            known = [one.name for one in self.all()]
            raise ProfileNotFound(f"there is no profile {name[:80]!r}{_meant(name, known)}", known=known[:100])
        return Profile.from_body(found.body, found.revision)

    def all(self) -> list[Profile]:
        """Built-in profiles first, then saved ones by name."""
        saved = (Profile.from_body(one.body, one.revision) for one in self._records.all(KIND))
        return [*BUILT_IN.values(), *sorted(saved, key=lambda one: one.name)]

    def save(self, profile: Profile, cause: Cause, expected_revision: int | None = None) -> tuple[Profile, Receipt]:
        """Write a profile or its next revision (after `expected_revision`, if given). Raises `BadProfile`, `ProfileFixed`, `StalePlan`."""
        if profile.name in BUILT_IN:
            raise ProfileFixed(f"{profile.name} is built in; save yours under another name")
        check(profile, self._registry())
        known = self._records.find(KIND, [_id(profile.name)]).get(_id(profile.name))
        revision = known.revision if known else 0
        return self._write(profile, cause, revision if expected_revision is None else expected_revision)

    def delete(self, name: str, cause: Cause) -> Receipt:
        """Retire a profile; its versions stay in the ledger. Raises `ProfileNotFound`, `ProfileFixed`."""
        if name in BUILT_IN:
            raise ProfileFixed(f"{name} is built in and stays")
        known = self.get(name)
        return self._write(known, cause, known.revision, retired=True)[1]

    def _write(self, profile: Profile, cause: Cause, revision: int, *, retired: bool = False) -> tuple[Profile, Receipt]:
        edit = RecordEdit(VersionKind.RECORD, KIND, _id(profile.name), profile.body(), revision, {"name": profile.name}, retired)
        receipt = self._ledger.commit(ChangePlan(cause), [edit])
        return Profile.from_body(profile.body(), receipt.revisions[edit.id]), receipt


def check(profile: Profile, *registries: Registry) -> None:
    """Raises `BadProfile` with every fault: a malformed name, too many patterns, patterns that name nothing in any of the registries."""
    if not _NAME.fullmatch(profile.name):
        raise BadProfile(f"{profile.name[:80]!r} is no name: lower-case letters, digits, - and _, at most 63", faults=[])
    if sum(len(getattr(profile, name)) for name in _LISTS) > _MOST_PATTERNS:
        raise BadProfile(f"a profile may have {_MOST_PATTERNS} patterns at most", faults=[])
    faults = list(_faults(profile, registries))
    if faults:
        raise BadProfile(f"profile {profile.name}: {'; '.join(one['message'] for one in faults[:5])}", faults=faults)


def _faults(profile: Profile, registries: Iterable[Registry]) -> Iterator[dict[str, str]]:
    attributes: dict[str, frozenset[str]] = {}
    for registry in registries:
        attributes |= {name: known | attributes.get(name, frozenset()) for name, known in _attributes(registry).items()}
    types = list(attributes)
    for name in _LISTS:
        for pattern in getattr(profile, name):
            if name.endswith("_types"):
                if not any(fnmatchcase(one, pattern) for one in types):
                    yield {"list": name, "pattern": pattern, "message": f"no type is called {pattern!r}{_meant(pattern, types)}"}
            elif not _known(pattern, attributes):
                every = sorted({one for known in attributes.values() for one in known})
                meant = _meant(pattern.rpartition(".")[2], every)
                yield {"list": name, "pattern": pattern, "message": f"no type has the attribute {pattern!r}{meant}"}


def _attributes(registry: Registry) -> dict[str, frozenset[str]]:
    found = {name: frozenset((*CORE_FIELDS, *one.attributes)) for name, one in registry.item_types.items()}
    return found | {name: frozenset(one.name for one in kind.attributes) for name, kind in registry.relation_types.items()}


def _known(pattern: str, attributes: Mapping[str, frozenset[str]]) -> bool:
    type_pattern, _, attribute = pattern.rpartition(".")
    for type_name, names in attributes.items():
        if (not type_pattern or fnmatchcase(type_name, type_pattern)) and any(fnmatchcase(one, attribute) for one in names):
            return True
    return False


def _named(patterns: Iterable[str], line: tuple[str, ...], attribute: str) -> bool:
    for pattern in patterns:
        type_pattern, _, name = pattern.rpartition(".")
        if fnmatchcase(attribute, name) and (not type_pattern or any(fnmatchcase(one, type_pattern) for one in line)):
            return True
    return False


def _types_named(patterns: Iterable[str], types: TypesThen) -> frozenset[str]:
    """Types that patterns name: item types with those below them, relationship types."""
    wanted = tuple(patterns)
    named = (name for name in types.names() if wanted and any(fnmatchcase(name, pattern) for pattern in wanted))
    return frozenset(one for name in named for one in types.concrete(name) or ())


def _id(name: str) -> str:
    return f"{KIND}:{name[:63]}"


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[:100], list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""

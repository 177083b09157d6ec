"""What an item type and a relationship type are: data, never code (design 5; requirements 9.1-01, 9.1-02).

Definitions are frozen values. One comes from a YAML document (`cmdb.model.pack`) or from the ledger (`cmdb.model.definitions`);
together they make a `Registry`, which resolves inheritance and refuses what does not hold. A definition on its own may still be wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What values an attribute takes. The right column is the Python and property type of the stored value."""

    STRING = "string"  # str, one line, 1,000 characters unless said otherwise
    TEXT = "text"  # str, several lines, 20,000 characters
    INTEGER = "integer"  # int, 64 bits signed
    NUMBER = "number"  # int or float, finite
    BOOLEAN = "boolean"  # bool
    DATE = "date"  # str, 2026-11-23
    DATETIME = "datetime"  # str, 2026-11-23T10:00:00.000000Z
    ENUM = "enum"  # str, one of `enum`
    IP = "ip"  # str, IPv4 or IPv6 in its shortest form
    CIDR = "cidr"  # str, a network: no host bits set
    MAC = "mac"  # str, 00:1b:2c:3d:4e:5f
    HOSTNAME = "hostname"  # str, lower case, no final dot
    URL = "url"  # str, absolute, without a password in it
    EMAIL = "email"  # str
    VERSION = "version"  # str, no white space
    DIGEST = "digest"  # str, sha256:<64 hexadecimal digits>, likewise sha384 and sha512
    UUID = "uuid"  # str, lower case with hyphens
    REFERENCE = "reference"  # str, the id of an item whose type is `reference`


class Area(StrEnum):
    """Where a type belongs, for menus and reports."""

    BUSINESS = "business"
    APPLICATION = "application"
    COMPUTE = "compute"
    CONTAINER = "container"
    NETWORK = "network"
    STORAGE = "storage"
    SOFTWARE = "software"
    FACILITY = "facility"
    DOCUMENT = "document"
    PARTY = "party"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AttributeDef:
    """One typed attribute of a type. Lengths count characters; `minimum` and `maximum` are inclusive, in `unit`.

    `secret` attributes never hold the secret: the only values let pass are `sha256:<digest>` (to notice a change) and a pointer to the
    place where the secret is kept (`vault:...`, `env:...`, `file:...`, `arn:...`, `k8s:...`). Anything else is refused and not repeated
    in the message.
    """

    name: str
    kind: Kind
    description: str = ""
    required: bool = False
    recommended: bool = False  # counts for completeness, never refuses
    multiple: bool = False
    enum: tuple[str, ...] = ()
    pattern: str | None = None  # the whole value must match
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int | None = None
    max_items: int = 1_000
    reference: str | None = None
    secret: bool = False
    unit: str | None = None


class Strength(StrEnum):
    """How sure an identification rule is: a strong match is the item, a weak one is a hint that needs another to agree or a person."""

    STRONG = "strong"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class IdentificationRule:
    """Fields (core or typed) that together name one item (requirement 9.1-07). Order in a type is order of trust.

    `ignore` are values, compared without case, that say nothing; `PLACEHOLDERS` are added unless `placeholders` is false, as it must be
    where `default` or `1` is an honest value (names people choose, numbers). `declared_by` is the type that declares the rule (filled
    in by the registry): the identifier's name space, so that a rule of `host` matches a `server` and a `virtual_machine` alike.
    """

    attributes: tuple[str, ...]
    strength: Strength = Strength.STRONG
    ignore: tuple[str, ...] = ()
    placeholders: bool = True
    declared_by: str = ""

    @property
    def key(self) -> str:
        """A stable name of the rule: `host:serial_number+vendor`."""
        return f"{self.declared_by}:{'+'.join(self.attributes)}"

    def values(self, fields: Mapping[str, object]) -> tuple[str, ...] | None:
        """The identifying values in `fields`, folded for comparing, in the order of `attributes`; None where one is absent or says nothing.

        A multi-valued attribute counts as its sorted values that say something, joined.
        """
        found = []
        for name in self.attributes:
            raw = fields.get(name)
            parts = raw if isinstance(raw, (tuple, list)) else (raw,)
            folded = {str(part).strip().casefold() for part in parts if part is not None}
            said = sorted(text for text in folded if not self.says_nothing(text))
            if not said:
                return None
            found.append("\x1f".join(said))
        return tuple(found)

    def says_nothing(self, text: str) -> bool:
        """Whether a folded value is empty, one of `ignore`, or (with `placeholders`) a known placeholder or one character over and over."""
        if not text or (self.ignore and any(text == other.casefold() for other in self.ignore)):
            return True
        return self.placeholders and (text in PLACEHOLDERS or (len(text) > 3 and len(set(text)) == 1))


PLACEHOLDERS = frozenset(
    {
        *(
            "-",
            "--",
            "0",
            "1",
            "x",
            "xx",
            "xxx",
            "?",
            "na",
            "n/a",
            "nil",
            "null",
            "none",
            "unknown",
            "undefined",
            "default",
            "default string",
        ),
        *("not specified", "not available", "not applicable", "not present", "not provided", "not defined", "not set", "unspecified"),
        *("to be filled by o.e.m.", "to be filled by o.e.m", "o.e.m.", "oem", "system serial number", "system product name"),
        *(
            "system manufacturer",
            "base board serial number",
            "chassis serial number",
            "serial number",
            "serial",
            "asset tag",
            "no asset tag",
        ),
        *("no serial number", "invalid", "empty", "test", "123456789", "0123456789", "1234567890", "uninitialized"),
        *("localhost", "localhost.localdomain", "localhost4", "localhost6", "127.0.0.1", "::1", "0.0.0.0", "::"),  # noqa: S104
        *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009"),
        *("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00"),
    }
)
"""Values that identify nothing, folded. Makers leave them in firmware; hypervisors and images repeat them."""


@dataclass(frozen=True, slots=True)
class LifecycleState:
    """One state. `to` are the states one may move to by hand or by an agent; a state with an empty `to` is an end."""

    name: str
    description: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """States with their allowed moves; `default` is the status of an item whose source says nothing (requirement 9.1-05)."""

    states: tuple[LifecycleState, ...]
    default: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.states)

    def allows(self, before: str, after: str) -> bool:
        """Whether a move is allowed. Staying is; so is leaving a state this lifecycle no longer knows."""
        for state in self.states:
            if state.name == before:
                return before == after or after in state.to
        return True


@dataclass(frozen=True, slots=True)
class PrecedenceRule:
    """Who is believed about which fields. `sources` run from the most to the least trusted; `*` stands for every source not named (at
    the end where it is missing). A claim older than `yields_after` lets the next source speak; None: never. `fields` may be
    `("*",)`."""

    fields: tuple[str, ...]
    sources: tuple[str, ...]
    yields_after: timedelta | None = None

    def rank(self, source: str) -> int:
        """Position of a source: 0 is trusted most."""
        if source in self.sources:
            return self.sources.index(source)
        return self.sources.index("*") if "*" in self.sources else len(self.sources)


class ControlLevel(StrEnum):
    """How firmly an item is held (requirement 9.1-13), weakest first."""

    RECORDED = "recorded"  # known, audited; changes are only logged
    MANAGED = "managed"  # status and ownership are kept current; audits look at it
    CONTROLLED = "controlled"  # controlled attributes change only under an approved change
    STRICT = "strict"  # controlled, and a change needs the board's approval


@dataclass(frozen=True, slots=True)
class ItemType:
    """One CI type as written down. None or an empty value means "as the parent has it"."""

    name: str
    description: str
    parent: str | None = None
    abstract: bool = False
    area: Area | None = None
    attributes: tuple[AttributeDef, ...] = ()  # own ones only
    identification: tuple[IdentificationRule, ...] = ()  # own ones; asked before the parent's
    lifecycle: Lifecycle | None = None
    stale_after: timedelta | None = None
    precedence: tuple[PrecedenceRule, ...] = ()  # own ones; asked before the parent's
    controlled: tuple[str, ...] = ()  # fields, core or typed, added to the parent's
    control_level: ControlLevel | None = None


class PropagationKind(StrEnum):
    """Whom a failure reaches over `source -> target` (design 7)."""

    CONSUMER_OF = "consumer_of"  # the source consumes the target: target fails, source is affected
    PROVIDER_OF = "provider_of"  # the source provides for the target: source fails, target is affected
    PART_OF = "part_of"  # the source is a part of the target: source fails, target is affected
    NONE = "none"


class Need(StrEnum):
    """How much the affected end needs the other: `hard` passes the level on as it is, `soft` one level better."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Propagation:
    """How failure travels. `need_attribute` names an attribute of the relationship (`hard` or `soft`) that overrides `need` where it is
    set.

    Where the affected end of a `part_of` is a `redundancy_group` (or a type below it), its source is a member: the group's rule decides.
    """

    kind: PropagationKind = PropagationKind.NONE
    need: Need = Need.HARD
    need_attribute: str | None = None

    @property
    def affected_end(self) -> str | None:
        """`source`, `target` or None: the end that suffers when the other fails."""
        if self.kind is PropagationKind.NONE:
            return None
        return "source" if self.kind is PropagationKind.CONSUMER_OF else "target"

    def need_of(self, attributes: Mapping[str, object]) -> Need:
        """The need of one relationship with these attributes."""
        said = attributes.get(self.need_attribute) if self.need_attribute else None
        return Need(said) if said in ("hard", "soft") else self.need


class Cardinality(StrEnum):
    """Read from source to target: `many_to_one` lets a source have one target only."""

    MANY_TO_MANY = "many_to_many"
    MANY_TO_ONE = "many_to_one"
    ONE_TO_MANY = "one_to_many"
    ONE_TO_ONE = "one_to_one"

    @property
    def one_target(self) -> bool:
        """Whether a source may have one target only."""
        return self in (Cardinality.MANY_TO_ONE, Cardinality.ONE_TO_ONE)

    @property
    def one_source(self) -> bool:
        """Whether a target may have one source only."""
        return self in (Cardinality.ONE_TO_MANY, Cardinality.ONE_TO_ONE)


@dataclass(frozen=True, slots=True)
class Pair:
    """An allowed pair of ends. Types below the named ones are allowed as well."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RelationType:
    """One relationship type: `source -name-> target`, read the other way round as `inverse` (requirements 9.1-03, 9.1-04)."""

    name: str
    inverse: str
    description: str
    pairs: tuple[Pair, ...]
    cardinality: Cardinality = Cardinality.MANY_TO_MANY
    attributes: tuple[AttributeDef, ...] = ()
    propagation: Propagation = field(default_factory=Propagation)
    acyclic: bool = False  # whether a cycle of this type alone is a fault (parts of parts)
    controlled: bool = False  # whether adding or removing one at a controlled item needs an approved change

    def attribute(self, name: str) -> AttributeDef | None:
        """The attribute of this name."""
        return next((one for one in self.attributes if one.name == name), None)


Definition = ItemType | RelationType
REDUNDANCY_GROUP = "redundancy_group"
"""The type whose items need `need_count` or `need_percent` of their members (`member_of`); types below it are groups as well."""

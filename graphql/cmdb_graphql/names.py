"""How names of the registry become names of the schema: deterministic, free of collisions, stable when other types come and go.

| registry | schema |
|---|---|
| item type `kubernetes_pod` | object `KubernetesPod`, list field `kubernetesPods`, filter `KubernetesPodFilter` |
| attribute `cpu_count` | field `cpuCount` |
| item type whose name the schema needs itself (`commit`) | `CommitItem` |
| attribute whose name `CI` has already (`history`) | `historyAttribute` |
| list field whose name another root field has | `...Items` |
"""

from collections.abc import Iterable

from cmdb.model.names import label_of

# fmt: off
RESERVED_TYPES = frozenset({
    "AffectedItem", "AllowedPair", "AsOf", "AttributeDifference", "AttributeType", "Audit", "AuditCheck", "AuditCheckResult",
    "AuditFinding", "AuditRun", "AuditScore", "AuditScoreOf", "AuditTrend", "AuditTrendLine", "AuditTrendPoint", "Baseline",
    "BaselineComparison", "BaselineDifference", "BaselineScope", "BaselineScopeKind", "BaselineSeal", "BaselineState", "BaselineStep",
    "BigInt", "Boolean", "CauseKind", "ChangedItem", "Checkpoint", "CheckpointPage", "CI", "CiType", "Claim", "Commit", "CommonCause",
    "CommonCauses", "ComparedEnd", "ComparedService", "ComparedServices", "ComparedType", "CompareProfile", "ComparisonKindCount",
    "ComparisonSide", "ComparisonTally", "ComparisonTotals", "Cycle", "Cycles", "Date", "DateTime", "Deficiency", "DeficiencyPage",
    "DeficiencyStep", "Dependencies", "Dependency", "DepthCount", "Difference", "Direction", "Facet", "FacetValue", "Float",
    "FreshnessCount", "GroupChange", "GroupNeed", "GroupState", "Hold", "HoldPage", "HoldState", "ID", "Impact", "ImpactCount",
    "ImpactCut", "ImpactCutBy", "ImpactRoot", "Int", "ItemHits", "ItemRef", "ItemVersion", "JSON", "LedgerStanding", "Level",
    "LevelChange", "LibraryCheck", "LibraryCheckPage", "LifecycleState", "Loss", "Me", "Misfit", "Mutation", "NeedKind", "NewItem",
    "Node", "Operator", "Order", "Origin", "Orphan", "PageInfo", "Path", "Paths", "PathStep", "Picture", "PictureLayer", "PictureLink",
    "PictureNode", "Problem", "Purge", "Query", "Receipt", "RelationRef", "Relationship", "RelationshipChange", "RelationshipVersion",
    "RelationshipVersionPage", "RelationType", "Schedule", "Strength", "String", "Subscription", "Turn", "TypeChange", "TypeCount",
    "UnregisteredItem", "UnwellItem", "WeakPoint", "WeakPoints", "WhatIf", "WhatIfAnswer", "WhyStep",
})
# fmt: on
"""Names of the schema's own types (a test holds the list complete); so are all that end as in `is_taken`."""
_PLURALS = {"chassis": "chassis", "hardware": "hardware", "software": "software", "storage": "storage"}


def camel(name: str) -> str:
    """`cpu_count` -> `cpuCount`. A part that starts with a digit keeps its underscore, so that `a_1` and `a1` stay apart."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() if part[:1].isalpha() else f"_{part}" for part in rest)


def type_name(name: str) -> str:
    """The object type of an item type."""
    label = label_of(name)
    return f"{label}Item" if is_taken(label) else label


def is_taken(label: str) -> bool:
    """Whether the schema needs a type name itself."""
    return label in RESERVED_TYPES or label.endswith(("Connection", "Edge", "Filter", "Payload", "Input"))


def list_name(name: str, taken: Iterable[str]) -> str:
    """The root field that lists items of a type: its plural."""
    *before, last = name.split("_")
    plural = camel("_".join([*before, plural_of(last)]))
    return f"{plural}Items" if plural in frozenset(taken) else plural


def attribute_name(name: str, taken: Iterable[str]) -> str:
    """The field of a typed attribute."""
    found = camel(name)
    return f"{found}Attribute" if found in frozenset(taken) else found


def python_name(name: str) -> str:
    """The Python attribute an object carries a typed attribute under: apart from methods, keywords and core fields."""
    return f"a_{name}"


def plural_of(word: str) -> str:
    """A plain English plural: enough for names of things."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"

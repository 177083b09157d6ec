"""The query guard: one pass over the document, before anything else looks at it.

Rules. Fragments are measured once and remembered, so a fragment that spreads another twice costs two look-ups and not two walks: the pass
is linear in the document, whatever it expands to. Measured per operation: depth, aliases, selections, how often one response name stands
in one place, nested lists of introspection, and cost, the number of objects that may come back (page sizes multiply on the way down).
Counters stop growing at a ceiling, so that doubling sixty times stays cheap. What may take seconds weighs by its `seconds`. The guard runs
on every request, because page sizes arrive in variables: a cache of validated documents sits behind it, never before it. Lists in the
variables are counted before anything is made of their entries.

A fragment cycle measures as nothing here; the validation that follows refuses it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)
from graphql.language import FloatValueNode, IntValueNode, ListValueNode, ValueNode, VariableNode

from cmdb_graphql.errors import QueryTooCostly
from cmdb_graphql.limits import DEFAULT_PAGE, MAX_PAGE, Limits

CEILING = 1_000_000_000
WEIGHTS: Mapping[str, int] = {
    **dict.fromkeys(("impact", "dependencies", "paths", "orphans", "supplierLoss", "networkSegmentLoss"), 300),
    **dict.fromkeys(("whatIf", "locationLoss"), 600),
    **dict.fromkeys(("singlePointsOfFailure", "commonCauses", "cycles"), 3_000),  # many evaluations, or the whole graph
    **{"compareBaselines": 100, "byType": 300, "totals": 300, "byService": 1_000},
    **{"facets": 100, "totalCount": 5, "history": 1, "types": 200, "relationTypes": 50},
}
"""Objects' worth of work behind a field that is not a page."""
A_SECOND = 450
"""Objects' worth of one second of a thread."""
SECONDS: Mapping[str, float] = {"singlePointsOfFailure": 5.0, "commonCauses": 3.0, "paths": 5.0}
"""Fields that may hold a thread for as long as their `seconds` say (or for so many, where the argument's default is not known). They weigh
so much at least."""
MOST_SECONDS = 60.0
"""More than this the questions themselves refuse, and say so better."""
LONG = 2_000
"""An operation of this cost or more is long: it may not take the threads kept for short ones (`cmdb_graphql.turns`)."""
_INTROSPECTION_LISTS = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})


@dataclass(slots=True)
class Measure:
    """What one selection set, or one operation, amounts to."""

    depth: int = 0
    aliases: int = 0
    selections: int = 0
    lists: int = 0  # nested introspection lists
    cost: int = 0
    entries: int = 0  # the part of the cost that stands under nodes and edges: a page around it multiplies it
    names: Counter[str] = field(default_factory=Counter)  # how often each response name stands at this level

    @property
    def long(self) -> bool:
        """Whether the operation may take long."""
        return self.cost >= LONG

    def add(self, other: "Measure") -> None:
        """Take in what stands at the same level."""
        self.depth = max(self.depth, other.depth)
        self.lists = max(self.lists, other.lists)
        self.aliases = min(self.aliases + other.aliases, CEILING)
        self.selections = min(self.selections + other.selections, CEILING)
        self.cost = min(self.cost + other.cost, CEILING)
        self.entries = min(self.entries + other.entries, CEILING)
        for name, count in other.names.items():
            self.names[name] = min(self.names[name] + count, CEILING)


class Guard:
    """Measures documents against one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits

    def check(self, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any] | None) -> Measure:
        """Measure the operation that would run and refuse it with `QueryTooCostly` where a limit is exceeded.

        Where the name picks no operation the largest limits cannot be told apart, so every operation of the document is measured.
        """
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        _refuse("fragments", self._limits.fragments, len(fragments))
        _refuse("operations", self._limits.fragments, len(operations))
        _refuse("entries in a list of variables", self._limits.list_entries, _longest(variables or {}, self._limits.list_entries))
        worst = Measure()
        for operation in operations:
            chosen = operation_name is None or (operation.name is not None and operation.name.value == operation_name)
            walk = _Walk(self._schema, self._limits, fragments, operation, variables if chosen and variables else {})
            measured = walk.operation()
            walk.unused_fragments()
            self._judge(operation, measured, chosen)
            if chosen:
                worst.add(measured)
        return worst

    def _judge(self, operation: OperationDefinitionNode, measured: Measure, chosen: bool) -> None:
        limits = self._limits
        _refuse("depth", limits.depth, measured.depth)
        _refuse("aliases", limits.aliases, measured.aliases)
        _refuse("selections", limits.selections, measured.selections)
        _refuse("introspection lists", limits.introspection_lists, measured.lists)
        if chosen:
            _refuse("cost", limits.cost, measured.cost)
        if operation.operation is OperationType.MUTATION:
            _refuse("mutations", limits.mutations, sum(measured.names.values()))


class _Walk:
    """One operation being measured; fragments are remembered for its length, because page sizes hang on its variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._fragments = fragments
        self._operation = operation
        self._variables = variables
        self._defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}
        self._known: dict[str, Measure] = {}

    def operation(self) -> Measure:
        measured = self._selections(self._operation.selection_set, self._schema.get_root_type(self._operation.operation), 1)
        measured.cost, measured.entries = min(measured.cost + measured.entries, CEILING), 0
        return measured

    def unused_fragments(self) -> None:
        """Measure what no operation spreads as well: validation will look at it."""
        for name in self._fragments:
            self._fragment(name, 1)

    def _selections(self, selection_set: SelectionSetNode, parent: Any, level: int) -> Measure:
        _refuse("depth", self._limits.depth, level)
        measured = Measure()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                measured.add(self._field(selection, parent, level))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                # counts as a level of the document, so that nesting alone cannot exhaust the stack
                measured.add(self._nested(selection.selection_set, inner, level))
            elif isinstance(selection, FragmentSpreadNode):
                measured.add(self._fragment(selection.name.value, level))
            _refuse("selections", self._limits.selections, measured.selections)
        if measured.names:
            _refuse("repetitions of one name", self._limits.same_name, max(measured.names.values()))
        return measured

    def _nested(self, selection_set: SelectionSetNode, parent: Any, level: int) -> Measure:
        measured = self._selections(selection_set, parent, level + 1)
        measured.selections += 1
        return measured

    def _fragment(self, name: str, level: int) -> Measure:
        found = self._known.get(name)
        if found is None:
            self._known[name] = Measure()  # while it is being measured: a cycle adds nothing
            node = self._fragments.get(name)
            if node is None:
                return self._known[name]
            found = self._selections(node.selection_set, self._schema.get_type(node.type_condition.name.value), level)
            found.selections += 1
            self._known[name] = found
        return found

    def _field(self, node: FieldNode, parent: Any, level: int) -> Measure:
        name = node.name.value
        key = node.alias.value if node.alias else name
        measured = Measure(depth=1, selections=1, aliases=1 if node.alias else 0, names=Counter((key,)))
        definition = getattr(parent, "fields", {}).get(name) if parent is not None else None
        if name in ("__schema", "__type") and definition is None:
            definition = self._schema.get_field(parent, name) if parent is not None else None
        below = Measure()
        if node.selection_set is not None:
            inner = get_named_type(definition.type) if definition is not None else None
            below = self._selections(node.selection_set, inner, level + 1)
        introspecting = parent is not None and getattr(parent, "name", "").startswith("__")
        measured.depth += below.depth
        measured.aliases = min(measured.aliases + below.aliases, CEILING)
        measured.selections = min(measured.selections + below.selections, CEILING)
        measured.lists = below.lists + (1 if introspecting and name in _INTROSPECTION_LISTS else 0)
        many = self._many(node, definition)
        own = 0 if introspecting else max(WEIGHTS.get(name, 0), self._of_its_seconds(node, definition))
        inside = below.entries if many is None else many * (1 + below.entries)
        cost = min(own + below.cost + inside, CEILING)
        if name in ("nodes", "edges"):
            measured.entries = cost
        else:
            measured.cost = cost
        return measured

    def _many(self, node: FieldNode, definition: Any) -> int | None:
        """How many objects the field may return, None where it is no page."""
        arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
        if definition is None:
            declared: Mapping[str, Any] = {}
        else:
            declared = definition.args
        if "first" in arguments or "first" in declared:
            value = self._value(arguments.get("first"))
            if isinstance(value, bool) or not isinstance(value, int):
                default = declared["first"].default_value if "first" in declared else None
                value = default if isinstance(default, int) else DEFAULT_PAGE
            return min(max(value, 0), MAX_PAGE)
        if "ids" in arguments:
            value = self._value(arguments["ids"])
            return len(value) if isinstance(value, list | tuple) else 1
        return None

    def _of_its_seconds(self, node: FieldNode, definition: Any) -> int:
        """What the time weighs that the field may take."""
        usual = SECONDS.get(node.name.value)
        if usual is None:
            return 0
        given = next((argument.value for argument in node.arguments or () if argument.name.value == "seconds"), None)
        seconds = self._value(given)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            declared = definition.args.get("seconds") if definition is not None else None
            seconds = declared.default_value if declared is not None and isinstance(declared.default_value, int | float) else usual
        return int(min(max(seconds, 0), MOST_SECONDS) * A_SECOND) if seconds == seconds else 0  # not a number: refused by the question

    def _value(self, node: ValueNode | None) -> Any:
        if isinstance(node, VariableNode):
            name = node.name.value
            if name in self._variables:
                return self._variables[name]
            return self._value(self._defaults.get(name))
        if isinstance(node, IntValueNode):
            return int(node.value) if len(node.value) < 12 else CEILING
        if isinstance(node, FloatValueNode):
            return float(node.value)
        if isinstance(node, ListValueNode):
            return node.values
        return None


def _longest(variables: Mapping[str, Any], allowed: int) -> int:
    """Length of the longest list in the variables, however deep; of the first that is longer than `allowed`, without looking into it."""
    longest = 0
    waiting: list[Any] = list(variables.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(one for one in value.values() if isinstance(one, dict | list))
        elif isinstance(value, list):
            longest = max(longest, len(value))
            if longest > allowed:
                return longest
            waiting.extend(one for one in value if isinstance(one, dict | list))
    return longest


def _refuse(limit: str, allowed: int, found: int) -> None:
    if found > allowed:
        raise QueryTooCostly(
            f"The query has {_shown(found)} {limit}; {allowed:,} are allowed. Ask for smaller pages, fewer fields or in several requests.",
            limit=limit,
            allowed=allowed,
            found=min(found, CEILING),
        )


def _shown(found: int) -> str:
    return f"more than {CEILING:,}" if found >= CEILING else f"{found:,}"

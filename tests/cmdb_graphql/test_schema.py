"""The schema as committed, its generated part, and what it does with data that is older than its types."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType

from cmdb.model.actor import Actor, Role
from cmdb.model.item import ItemState, RelationState
from cmdb.model.pack import load_document, load_pack
from cmdb.model.registry import Registry
from cmdb_graphql import names
from cmdb_graphql.access import MUTATIONS, QUERIES, SUBSCRIPTIONS, check
from cmdb_graphql.build import build_schema, root_field_names
from cmdb_graphql.errors import QueryTooCostly
from cmdb_graphql.guard import Guard
from cmdb_graphql.holder import BuiltSchema, SchemaHolder
from cmdb_graphql.limits import Limits
from cmdb_graphql.operations import BadOperationFile, load_operations, operations_dir
from cmdb_graphql.runner import Request, run
from tests.cmdb_graphql.rooms_in_memory import MemoryReads, context, holder

ROOT = Path(__file__).parents[2]
MATRIX = Path(__file__).parent / "authorisation.json"
OPERATIONS = load_operations(operations_dir())


@pytest.fixture(scope="module")
def built() -> BuiltSchema:
    return holder().current()


def ask(built: BuiltSchema, reads: MemoryReads, query: str, **variables: Any) -> Any:
    return run(built, Request(query, variables), context(reads)).body


def test_the_committed_schema_is_current(built: BuiltSchema) -> None:
    assert (ROOT / "graphql" / "schema.graphql").read_text() == built.schema.as_str() + "\n", "run `make reference`"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_named_operations_are_valid_and_within_the_limits(built: BuiltSchema, operation: Any) -> None:
    document = built.documents.parsed(operation.text)
    assert built.documents.validated(operation.text, document) == []
    built.guard.check(document.node, operation.name, operation.variables)
    assert operation.description.endswith(".")


def test_a_bad_operation_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "Wrong.graphql").write_text("# says something\nquery Other { me { name } }\n")
    with pytest.raises(BadOperationFile, match="Wrong"):
        load_operations(tmp_path)


def test_every_concrete_type_has_object_filter_and_list(built: BuiltSchema) -> None:
    registry = load_pack()
    concrete = [name for name, one in registry.item_types.items() if not one.abstract]
    assert len(concrete) > 40
    for name in concrete:
        label = names.type_name(name)
        assert built.core.get_type(label) is not None
        assert built.core.get_type(f"{label}Filter") is not None
    assert len(built.list_fields) == len(concrete)


def test_every_root_field_is_in_the_table_of_access_and_the_matrix_is_pinned(built: BuiltSchema) -> None:
    """`authorisation.json`: which role may use which root field. Delete it to write it anew."""
    matrix: dict[str, dict[str, list[str]]] = {}
    for kind, root, table in (
        ("query", built.core.query_type, QUERIES),
        ("mutation", built.core.mutation_type, MUTATIONS),
        ("subscription", built.core.subscription_type, SUBSCRIPTIONS),
    ):
        assert root is not None
        fields = set(root.fields) - built.list_fields
        assert fields == {name for name in table if not name.startswith("__")}
        matrix[kind] = {field: [role.value for role in Role if _may(role, kind, field, built.list_fields)] for field in sorted(fields)}
    matrix["query"]["(list of a type)"] = [role.value for role in Role if _may(role, "query", "servers", built.list_fields)]
    if not MATRIX.exists():
        MATRIX.write_text(json.dumps(matrix, indent=2) + "\n")
        pytest.fail(f"{MATRIX.name} was written; look at it and commit it")
    assert matrix == json.loads(MATRIX.read_text())


def test_an_actor_without_roles_may_nothing(built: BuiltSchema) -> None:
    nobody = Actor("nobody", frozenset())
    for kind, table in (("query", QUERIES), ("mutation", MUTATIONS), ("subscription", SUBSCRIPTIONS)):
        for field in table:
            with pytest.raises(Exception, match="is for"):
                check(nobody, kind, field, built.list_fields)
    with pytest.raises(Exception, match="nobody"):
        check(Actor("root", frozenset({Role.ADMINISTRATOR})), "query", "notInTheTable")


def test_data_that_predates_an_enumeration_or_a_requirement_is_shown(built: BuiltSchema) -> None:
    old = ItemState("s1", "server", "old", "some_earlier_state", attributes={"environment": "a-value-of-long-ago", "cpu_count": 2**60})
    reads = MemoryReads([old, *(ItemState(f"x{n}", "server", f"x{n}", "live") for n in range(20))])
    body = ask(built, reads, "{ servers { nodes { id status environment cpuCount } } }")
    assert "errors" not in body
    found = next(one for one in body["data"]["servers"]["nodes"] if one["id"] == "s1")
    assert found == {"id": "s1", "status": "some_earlier_state", "environment": "a-value-of-long-ago", "cpuCount": str(2**60)}


def test_an_item_of_a_type_the_schema_lacks_does_not_void_the_list(built: BuiltSchema) -> None:
    reads = MemoryReads([ItemState("a", "server", "a", "live"), ItemState("b", "dropped_type", "b", "live", attributes={"k": 1})])
    body = ask(built, reads, "{ items { nodes { __typename id attributes } } }")
    assert [one["__typename"] for one in body["data"]["items"]["nodes"]] == ["Server", "UnregisteredItem"]


def test_edges_are_batched_whatever_the_width(built: BuiltSchema) -> None:
    items = [ItemState(f"i{n}", "server", f"n{n}", "live") for n in range(30)]
    reads = MemoryReads(items, [RelationState(f"r{n}", "depends_on", f"i{n}", "i0") for n in range(1, 30)])
    body = ask(built, reads, "{ items(first: 30) { nodes { name claims { source } dependsOn { nodes { item { name owner } } } } } }")
    assert "errors" not in body
    assert dict(reads.asked) == {"page": 1, "claims": 1, "relations": 1, "items": 1}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ items(first: -1) { totalCount nodes { id } } }", "page-too-long"),
        ("{ items(first: 10001) { nodes { id } } }", "page-too-long"),
        ('{ items(after: "nonsense") { nodes { id } } }', "bad-cursor"),
        ('{ items(types: ["nothing"]) { totalCount } }', "unknown-type"),
        ('{ items(filter: [{field: "nothing", value: 1}]) { totalCount } }', "bad-argument"),
        ('{ items(filter: [{field: "name", value: 1}]) { totalCount } }', "bad-argument"),
        ('{ items(filter: [{field: "name", op: IN, value: "x"}]) { totalCount } }', "bad-argument"),
        ('{ items(filter: [{field: "name", op: HAS, value: "x"}]) { totalCount } }', "bad-argument"),
        ('{ items(filter: [{field: "name", op: IS_NULL, value: "x"}]) { totalCount } }', "bad-argument"),
        ('{ servers(filter: {cpuCount: {eq: 1}}, orderBy: {field: "colour"}) { totalCount } }', "bad-argument"),
        ('{ items(asOf: {seq: 3}, after: "nonsense") { nodes { id } } }', "bad-cursor"),
        ('{ items(asOf: {seq: 3}) { facets(fields: ["nothing"]) { field } } }', "bad-argument"),
        ('{ items { facets(fields: ["nothing"]) { field } } }', "bad-argument"),
        ('{ item(id: "i0") { affects(types: ["nothing"]) { totalCount } } }', "bad-argument"),
        ('{ commits(after: "x") { totalCount } }', "bad-argument"),
        ("{ impact(roots: []) { total } }", "bad-argument"),
    ],
)
def test_arguments_without_meaning_are_refused_by_name(built: BuiltSchema, query: str, code: str) -> None:
    body = ask(built, MemoryReads([ItemState("i0", "server", "n", "live")]), query)
    assert body["errors"][0]["extensions"]["code"] == code
    assert body["errors"][0]["extensions"]["status"] == 400


def test_relationship_words_follow_the_way_trouble_runs(built: BuiltSchema) -> None:
    """`web -depends_on-> db`; `disk -part_of-> db`: db depends on its part."""
    items = [ItemState(name, "server", name, "live") for name in ("web", "db", "disk")]
    reads = MemoryReads(items, [RelationState("r1", "depends_on", "web", "db"), RelationState("r2", "part_of", "disk", "db")])
    body = ask(built, reads, '{ item(id: "db") { dependsOn { nodes { item { name } } } affects { nodes { item { name } } } } }')
    item = body["data"]["item"]
    assert [one["item"]["name"] for one in item["dependsOn"]["nodes"]] == ["disk"]
    assert [one["item"]["name"] for one in item["affects"]["nodes"]] == ["web"]


def test_the_holder_swaps_when_the_registry_moves_and_keeps_running_operations_whole() -> None:
    small = Registry.of(load_document("kind: item_type\nname: thing\ndescription: A thing.\n"))
    bigger = small.with_definitions(load_document("kind: item_type\nname: gadget\ndescription: A gadget.\n"))
    now = [small]
    held = SchemaHolder(lambda: now[0])
    before = held.current()
    assert held.current() is before
    now[0] = bigger
    after = held.current()
    assert (before.list_fields, after.list_fields) == ({"things"}, {"things", "gadgets"})
    assert ask(before, MemoryReads(), "{ gadgets { totalCount } }")["errors"][0]["extensions"]["code"] == "query-invalid"
    assert ask(after, MemoryReads(), "{ gadgets { totalCount } }")["data"] == {"gadgets": {"totalCount": 0}}


def test_names_that_clash_are_told_apart() -> None:
    attributes = "{history: {kind: string}, claims: {kind: integer}, class: {kind: string}}"
    kinds = [f"kind: item_type\nname: {name}\ndescription: x\nattributes: {attributes}\n" for name in ("facet", "hold", "a_1")]
    schema = build_schema(Registry.of(load_document("---\n".join(kinds))))._schema
    node = schema.get_type("FacetItem")
    assert isinstance(node, GraphQLObjectType)
    assert {"historyAttribute", "claimsAttribute", "class", "history", "claims"} <= set(node.fields)
    assert {"facets", "holdsItems", "a_1s", "nodes", "holds"} <= set(schema.query_type.fields)
    assert root_field_names() <= set(schema.query_type.fields)


def test_every_fixed_type_name_is_known_as_taken() -> None:
    schema = build_schema(Registry.of(load_document("kind: item_type\nname: zebra\ndescription: x\n")))._schema
    fixed = {name for name in schema.type_map if not name.startswith("__") and not name.startswith("Zebra")}
    assert {name for name in fixed if not names.is_taken(name)} == set()


@pytest.mark.parametrize(
    ("name", "expected"), [("cpu_count", "cpuCount"), ("a_1", "a_1"), ("ip", "ip"), ("ipv4_address", "ipv4Address"), ("a_b2_c", "aB2C")]
)
def test_camel(name: str, expected: str) -> None:
    assert names.camel(name) == expected


@pytest.mark.parametrize(
    ("word", "plural"), [("policy", "policies"), ("switch", "switches"), ("day", "days"), ("bus", "buses"), ("host", "hosts")]
)
def test_plurals(word: str, plural: str) -> None:
    assert names.plural_of(word) == plural


def test_the_bomb_is_refused_before_validation_sees_it(built: BuiltSchema) -> None:
    text = "{...f0}" + "".join(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}" for n in range(15)) + "fragment f15 on Query{me{name}}"
    with pytest.raises(QueryTooCostly):
        Guard(built.core, Limits()).check(built.documents.parsed(text).node, None, {})
    body = ask(built, MemoryReads(), text)
    assert body["errors"][0]["extensions"]["code"] == "query-too-costly"


def test_an_operation_needs_no_running_loop(built: BuiltSchema) -> None:
    async def inside() -> Any:
        return await asyncio.to_thread(ask, built, MemoryReads(), "{ me { name } }")

    assert asyncio.run(inside()) == {"data": {"me": {"name": "erika"}}}


def _may(role: Role, kind: str, field: str, lists: frozenset[str]) -> bool:
    try:
        check(Actor("x", frozenset({role})), kind, field, lists)
    except Exception:
        return False
    return True

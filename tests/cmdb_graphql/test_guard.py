"""The guard bounds what a document amounts to, in one linear pass."""

import time

import pytest
from graphql import GraphQLSchema, get_introspection_query, parse

from cmdb_graphql.errors import QueryTooCostly
from cmdb_graphql.guard import Guard
from cmdb_graphql.holder import BuiltSchema, SchemaHolder
from cmdb_graphql.limits import Limits
from tests.cmdb_graphql.rooms_in_memory import holder


@pytest.fixture(scope="module")
def built() -> BuiltSchema:
    return holder().current()


def guard(built: BuiltSchema, **limits: int) -> Guard:
    return Guard(built.core, Limits(**limits))


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields from a few hundred characters."""
    parts = [
        "{...f0}",
        *(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}" for n in range(levels)),
        f"fragment f{levels} on Query{{me{{name}}}}",
    ]
    return "\n".join(parts)


def test_a_fragment_bomb_of_666_bytes_is_refused_at_once(built: BuiltSchema) -> None:
    text = next(made for made in map(bomb, range(1, 40)) if len(made) >= 620)
    assert len(text) <= 700
    document = parse(text)
    started = time.thread_time()
    with pytest.raises(QueryTooCostly) as refused:
        guard(built).check(document, None, {})
    assert time.thread_time() - started < 0.005
    assert refused.value.fields["limit"] in ("selections", "repetitions of one name")


def test_the_pass_is_linear_however_far_it_expands(built: BuiltSchema) -> None:
    loose = guard(built, selections=10**12, same_name=10**12, fragments=2000)

    def took(levels: int) -> float:
        document = parse(bomb(levels))
        best = 10.0
        for _ in range(7):
            started = time.thread_time()  # this thread's own time: a busy machine does not count
            loose.check(document, None, {})
            best = min(best, time.thread_time() - started)
        return best

    assert took(160) < 16 * took(40)  # four times as long, not 2^120 times


def test_page_sizes_multiply_on_the_way_down(built: BuiltSchema) -> None:
    query = "query($n: Int = 7) { items(first: 10) { nodes { affects(first: $n) { nodes { item { name } } } } } }"
    assert guard(built).check(parse(query), None, {}).cost == 10 * (1 + 7)
    assert guard(built).check(parse(query), None, {"n": 100}).cost == 10 * (1 + 100)


def test_what_may_take_seconds_weighs_by_them(built: BuiltSchema) -> None:
    def cost(arguments: str, variables: dict[str, object] | None = None) -> int:
        query = f'query Q($s: Float) {{ commonCauses(unwell: [{{id: "a"}}], first: 1{arguments}) {{ tried }} }}'
        return guard(built).check(parse(query), None, variables or {}).cost

    least = cost("")
    assert least == cost(", seconds: 0.5") == cost(", seconds: $s", {"s": None}) == cost(", seconds: -1e300")
    assert cost(", seconds: 40") == cost(", seconds: 40.0") == cost(", seconds: $s", {"s": 40}) == 40 * 450 + 1
    assert cost(", seconds: 1e300") == cost(", seconds: 60"), "the question refuses it, and says why"
    with pytest.raises(QueryTooCostly):
        cost(', seconds: 40) { tried } more: commonCauses(unwell: [{id: "b"}], seconds: 40')
    assert guard(built).check(parse('{ commonCauses(unwell: [{id: "a"}]) { tried } }'), None, {}).long
    assert guard(built).check(parse('{ paths(source: {id: "a"}, target: {id: "b"}) { total } }'), None, {}).long
    assert not guard(built).check(parse('{ impact(roots: [{id: "a"}]) { total byType { total } } }'), None, {}).long


def test_a_page_without_a_size_counts_with_its_default(built: BuiltSchema) -> None:
    assert guard(built).check(parse("{ items { nodes { affects { nodes { id } } } } }"), None, {}).cost == 50 * 51


@pytest.mark.parametrize("first", [-5, 10**9, True, "x", None])
def test_no_value_for_first_escapes_the_bound(built: BuiltSchema, first: object) -> None:
    query = "query($n: Int) { items(first: $n) { nodes { id } } }"
    assert 0 <= guard(built).check(parse(query), None, {"n": first}).cost <= 10_000


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{ items(first: 1000) { nodes { affects(first: 1000) { nodes { id } } } } }", "cost"),
        ("{ " + " ".join(f"a{n}: me {{ name }}" for n in range(61)) + " }", "aliases"),
        ("{ " + " ".join("me { name }" for _ in range(61)) + " }", "repetitions of one name"),
        ("{ item(id: 1) " + "{ affects { nodes { item " * 6 + "{ id }" + " }}}" * 6 + " }", "depth"),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", "introspection lists"),
        ("mutation { " + " ".join(f'm{n}: retireItem(input: {{id: "{n}"}}) {{ status }}' for n in range(21)) + " }", "mutations"),
        ("{ ...a } " + " ".join(f"fragment f{n} on Query {{ me {{ name }} }}" for n in range(61)), "fragments"),
    ],
)
def test_limits(built: BuiltSchema, query: str, limit: str) -> None:
    with pytest.raises(QueryTooCostly) as refused:
        guard(built).check(parse(query), None, {})
    assert refused.value.fields["limit"] == limit


def test_nesting_inside_fragments_counts_too(built: BuiltSchema) -> None:
    chain = " ".join(f"fragment f{n} on CI {{ affects {{ nodes {{ item {{ ...f{n + 1} }} }} }} }}" for n in range(8))
    with pytest.raises(QueryTooCostly, match="depth"):
        guard(built).check(parse("{ item(id: 1) { ...f0 } } " + chain + " fragment f8 on CI { id }"), None, {})


def test_a_fragment_cycle_does_not_hang_and_is_left_to_validation(built: BuiltSchema) -> None:
    measured = guard(built).check(parse("{ ...a } fragment a on Query { ...b me { name } } fragment b on Query { ...a }"), None, {})
    assert measured.selections < 20


def test_what_no_operation_spreads_is_measured_as_well(built: BuiltSchema) -> None:
    with pytest.raises(QueryTooCostly):
        guard(built).check(parse("{ me { name } } fragment f on Query { " + "me { name } " * 80 + "}"), None, {})


def test_the_standard_introspection_query_passes(built: BuiltSchema) -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    guard(built).check(parse(query), None, {})


def test_another_operations_cost_does_not_count(built: BuiltSchema) -> None:
    query = "query A { me { name } } query B { items(first: 10000) { nodes { affects(first: 100) { nodes { id } } } } }"
    guard(built).check(parse(query), "A", {})
    with pytest.raises(QueryTooCostly):
        guard(built).check(parse(query), "B", {})


def test_what_the_guard_lets_pass_is_validated_in_reasonable_time() -> None:
    """Validation compares fields of one name pairwise: the bound on repetitions keeps that small."""
    inner = " ".join("id" for _ in range(25))
    text = "{ " + " ".join(f"item(id: 1) {{ {inner} }}" for _ in range(58)) + " }"
    fresh = SchemaHolder(lambda: holder().current().registry).current()
    document = fresh.documents.parsed(text)
    fresh.guard.check(document.node, None, {})
    started = time.thread_time()
    fresh.documents.validated(text, document)
    assert time.thread_time() - started < 2.0


def test_the_schema_of_the_test_is_the_real_one(built: BuiltSchema) -> None:
    assert isinstance(built.core, GraphQLSchema)
    assert "servers" in built.list_fields

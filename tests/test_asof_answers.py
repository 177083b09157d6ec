"""As-of everywhere, as a caller sees it (design 6, requirement 9.1-05): whatever GraphQL answered after a commit, it answers later as of
that commit, as of its time and as of a baseline of it: items, lists with filters, relationships, impact. Random histories through the door,
on both engines."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from baselines.model import WHOLE
from cmdb.model.actor import Actor, Cause, Role
from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.model.types import AttributeDef, Kind, Need
from cmdb.store.bolt import BoltStore
from tests.cmdb_graphql.live import ADMINISTRATOR, AGENT, ENGINEER, Live
from tests.support import engines

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VIEWER = Actor("vera", frozenset({Role.VIEWER}))
REFS = ("s0", "s1", "s2", "v0")
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.sampled_from(["ann", "bob", None]),
        "description": st.sampled_from(["Web shop", "shop's database", 'says "hi"', None]),
        "location": st.sampled_from(["hall 1", "hall 2"]),
        "cpu_count": st.integers(1, 4),
    },
)
SAY = st.tuples(st.just("say"), st.sampled_from(REFS), FIELDS, st.lists(st.sampled_from(REFS), max_size=2, unique=True))
STEP = st.one_of(
    SAY,
    SAY,
    st.tuples(st.just("gone"), st.sampled_from(REFS)),
    st.tuples(st.just("edit"), st.sampled_from(REFS), st.sampled_from(["cara", "dora"])),
    st.tuples(st.just("attribute")),
    st.tuples(st.just("need")),
)

LISTED = """id type name status owner location description revision seq firstSeen attributes origins { field source }
  relationships(first: 2) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id type label outgoing affects attributes sources item { id name owner } }
  }
  dependsOn { nodes { item { name } } } affects { nodes { item { name } } }"""
PAGE = """totalCount revision pageInfo { hasNextPage startCursor endCursor }
  facets(fields: ["owner", "type"]) { field values { value count } }"""
LISTS = f"""query($asOf: AsOf) {{
  whole: items(first: 50, asOf: $asOf) {{ nodes {{ {LISTED} }} {PAGE} }}
  first: items(first: 2, orderBy: {{field: "owner", descending: true}}, asOf: $asOf) {{ nodes {{ id }} {PAGE} }}
  big: items(types: ["server"], filter: [{{field: "cpu_count", op: GTE, value: 2}}], orderBy: {{field: "cpu_count"}}, asOf: $asOf) {{
    nodes {{ id }} {PAGE}
  }}
  some: items(
    search: "SHOP", anyOf: [[{{field: "owner", op: EQ, value: "ann"}}], [{{field: "owner", op: IS_NULL, value: true}}]], asOf: $asOf
  ) {{ nodes {{ id name }} {PAGE} }}
  typed: servers(filter: {{location: {{startsWith: "hall"}}}}, orderBy: {{field: "id", descending: true}}, asOf: $asOf) {{
    nodes {{ name cpuCount }} {PAGE}
  }}
}}"""
ITEM = f"query($id: ID!, $asOf: AsOf) {{ item(id: $id, asOf: $asOf) {{ {LISTED} }} }}"
IMPACT = """query($id: ID!, $asOf: AsOf) { impact(roots: [{id: $id}], asOf: $asOf) {
  revision complete total down degraded atRisk byType { name down degraded atRisk } byLocation { name total } services { itemId level }
  affected { totalCount nodes { itemId level type item { name owner } why { relationType need } } } } }"""


class Told:
    """The product with a history, and what it answers."""

    def __init__(self, store: BoltStore) -> None:
        self.live, self.ids, self.made = Live(store), dict[str, str](), 0

    def take(self, step: tuple[Any, ...]) -> None:
        """One step of a history. What the gate refuses or holds changes nothing."""
        if step[0] == "say":
            _, ref, fields, others = step
            kind = "service" if ref == "v0" else "server"
            given = {"name": ref, **({name: value for name, value in fields.items() if kind == "server" or name != "cpu_count"})}
            links = tuple(ObservedRelation("depends_on", to=one) for one in others if one != ref and one in self.ids)
            self._submit(Observation(ref, kind, given, links, complete_relations=("depends_on",)))
        elif step[0] == "gone":
            self._submit(Observation(step[1], "service" if step[1] == "v0" else "server", gone=True))
        elif step[0] == "edit" and step[1] in self.ids:
            item_id = self.ids[step[1]]
            edit = Observation(item_id, "service" if step[1] == "v0" else "server", {"owner": step[2]}, item_id=item_id)
            self.live.door.submit(Batch("manual", (edit,)), ENGINEER)
        elif step[0] == "attribute":
            server = self.live.types.current().item_types["server"].definition
            self.made += 1
            extra = AttributeDef(f"extra_{self.made}", Kind.INTEGER)
            self._apply(replace(server, attributes=(*server.attributes, extra)))
        elif step[0] == "need":
            depends = self.live.types.current().relation_types["depends_on"]
            turned = Need.SOFT if depends.propagation.need is Need.HARD else Need.HARD
            self._apply(replace(depends, propagation=replace(depends.propagation, need=turned)))
        self.live.keeper.catch_up()
        self.live.holder.refresh()

    def answers(self, as_of: dict[str, Any] | None = None) -> dict[str, Any]:
        """Everything that is asked; lists without a promised order are sorted."""
        found = {"lists": self.live.data(LISTS, {"asOf": as_of}, VIEWER)}
        for ref, item_id in self.ids.items():
            asked = {"id": item_id, "asOf": as_of}
            found[ref] = self.live.data(ITEM, asked, VIEWER)["item"]
            if found[ref] is not None:
                impact = self.live.data(IMPACT, asked, VIEWER)["impact"]
                impact["affected"]["nodes"].sort(key=lambda one: one["itemId"])
                impact["services"].sort(key=lambda one: one["itemId"])
                found[f"impact of {ref}"] = impact
        return found

    def designated(self, seq: int) -> str:
        """The name of a baseline of a commit, taken now."""
        return self.live.rooms.baselines.baselines.take(f"after {seq}", "as of then", WHOLE, ENGINEER, point=seq).baseline.name

    def _submit(self, observation: Observation) -> None:
        result = self.live.door.submit(Batch("net", (observation,)), AGENT)
        self.ids.update({one.ref: one.item_id for one in result.outcomes if one.item_id and one.ref in REFS})

    def _apply(self, definition: Any) -> None:
        self.live.types.apply([definition], Cause(ADMINISTRATOR, "manual", "as the history says"))


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking on an engine takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=st.lists(STEP, min_size=6, max_size=12))
def test_what_was_answered_then_is_answered_later(store: BoltStore, history: list[tuple[Any, ...]]) -> None:
    engines.wipe(store)
    told = Told(store)
    told.take(("say", "s0", {"owner": "ann", "cpu_count": 2}, []))
    told.take(("say", "s1", {"description": "Web shop"}, ["s0"]))
    recorded: dict[int, dict[str, Any]] = {}
    for step in history:
        told.take(step)
        recorded[told.live.ledger.head().seq] = told.answers()
    times = {commit.seq: commit.time for commit in told.live.log.after(0)}
    for number, (seq, then) in enumerate(recorded.items()):
        other = {"time": times[seq]} if number % 2 else {"baseline": told.designated(seq)}
        for point in ({"seq": seq}, other):
            now = told.answers(point)
            assert {name: now[name] for name in then} == then, point
            new = {name for name in now if name not in then}
            assert all(now[name] is None for name in new), "items that came later were not there"


def test_a_fixed_history_of_everything(store: BoltStore) -> None:
    """The same with one history in which every kind of step happens, retirement and coming back included."""
    engines.wipe(store)
    told = Told(store)
    steps = [
        ("say", "s0", {"owner": "ann", "cpu_count": 2, "location": "hall 1"}, []), ("say", "s1", {"description": "Web shop"}, ["s0"]),
        ("say", "v0", {"owner": "bob"}, ["s1"]), ("say", "s2", {"cpu_count": 4}, ["s0", "s1"]), ("need",), ("edit", "s0", "cara"),
        ("attribute",), ("gone", "s1"), ("say", "s1", {"owner": "ann", "description": "Web shop"}, ["s0"]), ("need",),
        ("say", "s2", {"cpu_count": 1, "owner": None}, []), ("gone", "v0"),
    ]  # fmt: skip
    recorded = {}
    for step in steps:
        told.take(step)
        recorded[told.live.ledger.head().seq] = told.answers()
    assert len(recorded) == len(steps), [commit.reason for commit in told.live.log.after(0)]
    levels = [then["impact of s0"]["degraded"] for then in recorded.values()]
    assert len(set(levels)) > 1, "what a need is has changed on the way"
    for seq, then in recorded.items():
        now = told.answers({"seq": seq})
        assert {name: now[name] for name in then} == then, seq

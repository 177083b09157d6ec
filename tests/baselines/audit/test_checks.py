"""Each kind of check on a made estate, on both engines: what it finds, what it lets pass, what it says."""

from dataclasses import replace

import pytest

from baselines.audit.page import html_lines
from baselines.audit.report import report_body, report_of
from baselines.differences import AUTHORISATION_MEANS
from baselines.errors import BaselineNotFound
from baselines.library.model import Looked, Outcome
from cmdb.ledger.asof import UnknownRevision
from cmdb.model.observation import Observation, ObservedRelation
from cmdb.store.bolt import BoltStore
from tests.support.auditing import ADMINISTRATOR, Auditing, own
from tests.support.road import MANAGER, Road, edit


@pytest.fixture
def estate(store: BoltStore) -> Auditing:
    return Auditing(store)


def needs(*others: str, kind: str = "depends_on") -> tuple[ObservedRelation, ...]:
    return tuple(ObservedRelation(kind, to=one) for one in others)


def test_completeness_names_what_each_item_lacks(estate: Auditing) -> None:
    estate.say(
        Observation("full", "server", {"name": "full", "owner": "ops", "description": "d", "hostname": "full", "criticality": "low"}),
        Observation("bare", "server", {"name": "bare", "owner": "ops"}),
        Observation("acme", "organisation", {"name": "acme"}),
    )
    assert estate.found(own("c", "completeness", {"types": ["server"], "fields": "recommended", "names": ["description"]})) == {
        "bare": "has no criticality, hostname and description (expected of a server)"
    }
    run = estate.run(estate.plan(own("o", "completeness", {"types": ["host"], "names": ["owner", "serial_number"]}), name="b"))
    assert (run.checks[0].subjects, run.checks[0].failed) == (2, 2)


def test_duplicates_by_name_unless_identifiers_tell_them_apart(estate: Auditing) -> None:
    estate.say(
        Observation("a", "server", {"name": "web", "serial_number": "S1", "vendor": "V"}),
        Observation("b", "server", {"name": "WEB", "serial_number": "S2", "vendor": "V"}),
        Observation("c", "room", {"name": "hall", "site": "x"}),
        Observation("e", "team", {"name": "web"}),
    )
    estate.say(Observation("d", "room", {"name": "Hall"}), source="dcim")
    found = estate.found(own("d", "duplicates", {"by": "name", "types": ["server", "room", "team"]}))
    assert set(found) == {"hall", "Hall"}
    assert "may be the same as hall" in found["Hall"]
    assert found["Hall"].endswith("same type and name")


def test_duplicates_by_weak_identifiers(estate: Auditing) -> None:
    estate.say(
        Observation(
            "a", "server", {"name": "n1", "mac_addresses": ("02:aa:00:00:00:01",), "system_uuid": "0e6c2a6e-3b1a-4c1e-9a53-6f0d5f1f0a01"}
        )
    )
    estate.say(Observation("b", "server", {"name": "n2", "mac_addresses": ("02:aa:00:00:00:02",)}))
    estate.say(Observation("b", "server", {"name": "n2", "mac_addresses": ("02:aa:00:00:00:01",)}))
    found = estate.found(own("d", "duplicates", {"by": "weak_identifiers"}))
    assert set(found) == {"n1", "n2"}
    assert "same mac_addresses 02:aa:00:00:00:01" in found["n2"]


def test_images_of_one_repository_are_no_duplicates_and_an_unused_one_is_a_note(estate: Auditing) -> None:
    """What loading release after release leaves behind: an image for each tag, of which the last is used."""
    tags = ("v1", "v2", "v3")
    images = {tag: {"name": "web", "repository": "reg.example/web", "tag": tag} for tag in tags}
    estate.say(
        *(Observation(tag, "container_image", fields) for tag, fields in images.items()),
        Observation("web", "kubernetes_deployment", {"name": "web", "cluster": "c", "namespace": "n"}, needs("v3", kind="uses_image")),
        Observation("lone", "server", {"name": "lone"}),
    )
    audit = estate.plan("duplicate_names", "unrelated_items", "unused_images")
    run = estate.run(audit)
    assert {one.check: one.failed for one in run.checks} == {"duplicate_names": 0, "unrelated_items": 1, "unused_images": 2}
    assert run.by_type["container_image"].share == 1.0
    assert run.by_type["server"].share == 0.0


def test_staleness_follows_the_type_and_says_who_saw_it_last(estate: Auditing) -> None:
    estate.say(Observation("old", "server", {"name": "old"}), Observation("acme", "team", {"name": "team"}))
    estate.clock.advance(days=8)
    estate.say(Observation("new", "server", {"name": "new"}), source="other")
    assert estate.found(own("s", "stale")) == {
        "old": "was last seen by net on 2026-11-23, 8 days before this audit; the limit of a server is 7d"
    }
    assert set(estate.found(own("s", "stale", {"otherwise": "1d"}), name="b")) == {"old", "team"}
    assert set(estate.found(own("s", "stale", {"after": "30d"}), name="c")) == set()


def test_unrelated_unserved_and_circles(estate: Auditing) -> None:
    estate.say(
        Observation("lone", "server", {"name": "lone"}),
        Observation("db", "database", {"name": "db", "endpoint": "db:1"}),
        Observation("lost", "application", {"name": "lost"}, needs("db")),
        Observation("app", "application", {"name": "app"}, needs("db")),
        Observation("part", "service_component", {"name": "part"}, (*needs("app"), *needs("shop", kind="part_of"))),
        Observation("shop", "service", {"name": "shop"}),
        Observation("p1", "application", {"name": "p1"}, needs("p2")),
        Observation("p2", "application", {"name": "p2"}, needs("p3")),
        Observation("p3", "application", {"name": "p3"}, needs("p1")),
    )
    assert estate.found(own("u", "unrelated", {"types": ["operational_item"]})) == {"lone": "has no relationship to any other item"}
    found = estate.found(own("n", "no_service", {"types": ["application_item", "service_component"]}), name="b")
    assert set(found) == {"lost", "p1", "p2", "p3"}
    assert found["lost"] == "no service needs it, directly or through others"
    run = estate.run(estate.plan(own("c", "cycles", {"relations": ["depends_on"]}), name="c"))
    assert run.checks[0].problem == ""
    (circle,) = estate.findings(run)
    assert circle.what.startswith("lies in a circle of depends_on with 3 items: ")
    assert {"p1", "p2", "p3"} == set(circle.what.split(": ")[1].split(", "))
    assert (run.checks[0].subjects, run.checks[0].failed, run.score.passed) == (7, 3, 6)


def test_declared_rules(estate: Auditing) -> None:
    estate.clock.advance(days=1)  # 2026-11-24
    estate.say(
        Observation("c1", "certificate", {"name": "soon", "not_after": "2026-12-01T00:00:00Z", "fingerprint": "sha256:" + "1" * 64}),
        Observation("c2", "certificate", {"name": "late", "not_after": "2027-12-01T00:00:00Z", "fingerprint": "sha256:" + "2" * 64}),
        Observation("c3", "certificate", {"name": "open", "fingerprint": "sha256:" + "3" * 64}),
        Observation("s1", "service", {"name": "covered", "customer_facing": True}, needs("sla", kind="covered_by_sla")),
        Observation("s2", "service", {"name": "uncovered", "customer_facing": True}),
        Observation("s3", "service", {"name": "inner"}),
        Observation("sla", "sla", {"name": "sla", "document_id": "D1", "status": "in_force"}),
    )
    assert estate.found("expiring_certificates") == {"soon": "ends on 2026-12-01T00:00:00.000000Z"}
    rule = {
        "types": ["service"],
        "when": {"field": "customer_facing", "op": "eq", "value": True},
        "must": {"any": [{"relation": "covered_by_sla", "to": ["agreement"]}, {"not": {"field": "status", "op": "eq", "value": "live"}}]},
    }
    assert estate.found(own("sla_rule", "rule", rule), name="b") == {
        "uncovered": "must hold: covered_by_sla agreement or not (status is live) (status is live)"
    }
    assert (
        set(estate.found(own("r", "rule", {"types": ["agreement"], "must": {"relation": "covered_by_sla", "from": ["service"]}}), name="c"))
        == set()
    )


def test_owners_that_nobody_knows(estate: Auditing) -> None:
    estate.say(
        Observation("t", "team", {"name": "Platform"}),
        Observation("p", "person", {"name": "Ann Ray", "user_name": "ann"}),
        *(Observation(f"s{n}", "server", {"name": f"s{n}", "owner": who}) for n, who in enumerate(("platform", "ann", "gone team"))),
        Observation("s9", "server", {"name": "s9"}),
    )
    run = estate.run(estate.plan("owner_known"))
    assert [(one.name, one.owner, one.what) for one in estate.findings(run)] == [
        ("s2", "gone team", "owner is 'gone team', the name of no live party")
    ]
    assert run.checks[0].subjects == 3


def test_dangling_references(store: BoltStore) -> None:
    from cmdb.model.pack import load_document, load_pack

    (handled,) = load_document(
        "kind: item_type\nname: desk\ndescription: d\nparent: operational_item\n"
        "attributes:\n  room: {kind: reference, reference: room}\n  seats: {kind: reference, reference: person, multiple: true}\n"
    )
    estate = Auditing(store, Road(store, registry=load_pack().with_definitions([handled])))
    ids = estate.say(Observation("r", "room", {"name": "r"}), Observation("s", "server", {"name": "s"}))
    estate.say(
        Observation("d1", "desk", {"name": "good", "room": ids["r"]}),
        Observation("d2", "desk", {"name": "wrong", "room": ids["s"]}),
        Observation("d3", "desk", {"name": "gone", "seats": ("nobody",)}),
    )
    assert estate.found("dangling_references") == {
        "wrong": f"room refers to {ids['s']}, which is a server, not a room",
        "gone": "seats refers to nobody, which is not live",
    }


def test_changes_without_a_request_for_change(estate: Auditing) -> None:
    ids = estate.say(
        Observation("app", "application", {"name": "app", "version": "1"}, needs("other")),
        Observation("other", "application", {"name": "other", "version": "1"}),
        Observation("srv", "server", {"name": "srv", "cpu_count": 4}),
    )
    audit = estate.plan("unauthorised_changes")
    estate.say(Observation("srv", "server", {"name": "srv", "cpu_count": 8}))  # not controlled
    estate.road.door.submit(replace(edit(ids["app"], "application", fields={"version": "2"}), change="RFC-1"), MANAGER)
    estate.say(Observation("other", "application", {"name": "other", "version": "2"}), reason="hot fix")
    head = estate.road.ledger.head().seq
    run = estate.run(audit)
    assert [(one.name, one.item) for one in estate.findings(run)] == [("other", ids["other"])]
    said = estate.findings(run)[0].what
    assert said == (
        f"commit {head} of 2026-11-23T10:00 by agent-net (source net, saying 'hot fix') changed version; no request for change allowed it"
    )
    assert (run.checks[0].subjects, run.checks[0].failed) == (2, 1)

    estate.road.door.submit(edit(ids["app"], "application", gone=True), MANAGER)
    again = estate.run(audit)
    assert [(one.name, "retired it" in one.what) for one in estate.findings(again)] == [("app", True)]
    states = {name: one.state for name, one in estate.deficiencies(audit).items()}
    assert states == {"other": "open", "app": "open"}, "what has happened is not gone because nothing happened since"


def test_a_plan_may_begin_in_the_past_and_a_run_tells_what_it_did_not_look_at(estate: Auditing) -> None:
    estate.say(Observation("app", "application", {"name": "app", "version": "1"}))
    early = estate.road.ledger.head().seq
    ids = estate.say(Observation("app", "application", {"name": "app", "version": "2"}), reason="hot fix")
    late = estate.plan("unauthorised_changes", name="from its plan on")
    run = estate.run(late)
    assert (estate.findings(run), run.checks[0].subjects) == ([], 0)
    planned = estate.room.book.audit(late).planned_seq
    assert run.not_looked_at == f"changes up to commit {planned} were not looked at: the plan begins there"

    from_early = estate.plan("unauthorised_changes", name="from early on", since=str(early))
    assert estate.room.book.audit(from_early).begins == early
    run = estate.run(from_early)
    assert [one.item for one in estate.findings(run)] == [ids["app"]]
    report = report_of(estate.room.book, run.id, estate.clock, estate.road.ledger.head().seq)
    page = "".join(html_lines(report))
    assert f"changes up to commit {early} were not looked at" in page
    assert page.count(AUTHORISATION_MEANS) == 1
    assert report_body(report)["run"]["not_looked_at"] == run.not_looked_at
    assert estate.run(from_early).not_looked_at.endswith("an earlier run did, or the plan begins there")
    assert estate.run(estate.plan("unauthorised_changes", name="all", since="0")).not_looked_at == ""
    for nowhere, refused in (("1000000", UnknownRevision), ("no such baseline", BaselineNotFound)):
        with pytest.raises(refused):
            estate.plan("unauthorised_changes", name="never", since=nowhere)


def test_master_copies(estate: Auditing) -> None:
    digest = "sha256:" + "a" * 64
    ids = estate.say(
        *(
            Observation(name, "master_copy", {"name": name, "library": name, "uri": f"https://lib.example.org/{name}", "digest": digest})
            for name in ("good", "bad", "new", "old")
        ),
        Observation("loose", "master_copy", {"name": "loose", "library": "x"}),
        Observation("doc", "policy", {"name": "no reference", "document_id": "P1"}),
    )
    estate.shelf.outcomes["https://lib.example.org/bad"] = Looked(Outcome.ALTERED, "has another digest")
    estate.room.library.check(ids["old"], ADMINISTRATOR)
    estate.clock.advance(days=40)
    for name in ("good", "bad"):
        estate.room.library.check(ids[name], ADMINISTRATOR)
    assert estate.found("master_copies") == {
        "bad": "is altered since 2027-01-02T10:00: has another digest",
        "new": "has never been checked",
        "old": "was last checked 40 days ago, on 2026-11-23",
        "loose": "cannot be checked: it has no uri and digest",
    }


def test_the_ledger_is_walked(estate: Auditing, store: BoltStore) -> None:
    from tests.support.cypher import writing

    ids = estate.say(Observation("s", "server", {"name": "s"}))
    audit = estate.plan("ledger_intact")
    good = estate.run(audit)
    assert (good.checks[0].failed, "versions up to commit" in good.checks[0].note) == (0, True)
    store.write(lambda tx: tx.run(writing("MATCH (n:Item {id: $id}) SET n.owner = 'mallory'"), id=ids["s"]))
    bad = estate.run(audit)
    (finding,) = estate.findings(bad)
    assert finding.name == "the ledger"
    assert f"item {ids['s']}" in finding.what
    assert "owner" in finding.what


def test_values_that_no_longer_fit(store: BoltStore) -> None:
    from dataclasses import replace

    from cmdb.model.pack import load_pack

    pack = load_pack()
    estate = Auditing(store, Road(store, registry=pack))
    estate.say(Observation("s", "server", {"name": "s", "criticality": "medium"}))
    root = pack.item("configuration_item").definition
    narrow = tuple(replace(one, enum=("low", "high")) if one.name == "criticality" else one for one in root.attributes)
    estate.road.registry = pack.with_definitions([replace(root, attributes=narrow)])
    assert estate.found("valid_values") == {"s": "criticality must be one of low, high"}

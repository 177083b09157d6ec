"""The raw driver writing what the road writes of an estate: items, their versions, identifiers, relationships and their versions.

The rows are made beforehand and outside the timing; nothing is looked up, checked, hashed or kept idempotent: the ceiling the road is
measured against.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.road.estate import SOURCE, Estate
from cmdb.kernel.ids import new_id, relation_id
from cmdb.ledger.prepare import item_version, relation_row, relation_version
from cmdb.model.item import CORE_FIELDS, ItemState, RelationState
from cmdb.model.names import edge_of, label_of
from cmdb.model.native import item_properties
from cmdb.store.bolt import BoltStore

_OPEN = 2**62
_NOW = "2026-11-23T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Rows of one transaction, as parameters of the statements below."""

    items: list[dict[str, Any]]
    item_versions: list[dict[str, Any]]
    identifiers: list[dict[str, Any]]
    weak_identifiers: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    relation_versions: list[dict[str, Any]]


def make_chunks(estate: Estate, size: int) -> Iterator[RawChunk]:
    """The estate's rows, chunk by chunk."""
    ids = {observation.ref: new_id() for observation in estate.observations}
    for seq, batch in enumerate(estate.batches(size), 1):
        chunk = RawChunk([], [], [], [], [], [])
        for observation in batch.observations:
            fields = dict(observation.fields)
            core = {name: fields.pop(name) for name in CORE_FIELDS if name in fields}
            item = ItemState(
                ids[observation.ref], observation.type, attributes=fields, origins=dict.fromkeys([*core, *fields], SOURCE), **core
            )
            version = item_version(item)
            chunk.items.append({**item_properties(item, version["hash"]), "_seq": seq, "_created": _NOW})
            chunk.item_versions.append(_kept(version, seq))
            for key in (f"ref|{SOURCE}|{observation.ref}", f"server|serial|{fields['serial_number']}"):
                chunk.identifiers.append({"key": key, "item_id": item.id})
            chunk.weak_identifiers.append({"key": f"server|name|{item.name}", "item_id": item.id})
            for seen in observation.relations:
                target = ids[str(seen.to)]
                relation = RelationState(relation_id(seen.type, item.id, target), seen.type, item.id, target, sources=(SOURCE,))
                made = relation_version(relation)
                chunk.relations.append({**relation_row(relation, made["hash"]), "seq": seq})
                chunk.relation_versions.append(_kept(made, seq))
        yield chunk


def _kept(version: dict[str, Any], seq: int) -> dict[str, Any]:
    subject = version.pop("id")
    return {**version, "subject_id": subject, "key": f"{subject}@{seq}", "seq": seq, "until": _OPEN}


def write_chunk(store: BoltStore, database: str, chunk: RawChunk) -> None:
    """One transaction of the plain driver."""
    edge, label = edge_of("depends_on"), label_of("server")
    with store.driver.session(database=database) as session, session.begin_transaction() as tx:
        tx.run(f"UNWIND $rows AS r CREATE (n:Item:{label}) SET n = r", rows=chunk.items).consume()
        tx.run("UNWIND $rows AS r CREATE (n:ItemVersion) SET n = r", rows=chunk.item_versions).consume()
        tx.run("UNWIND $rows AS r CREATE (n:Identifier) SET n = r", rows=chunk.identifiers).consume()
        tx.run("UNWIND $rows AS r CREATE (n:WeakIdentifier) SET n = r", rows=chunk.weak_identifiers).consume()
        tx.run(
            "UNWIND $rows AS r MATCH (a:Item {id: r.source}) MATCH (b:Item {id: r.target}) "
            f"CREATE (a)-[:{edge} {{id: r.id, type: r.type, revision: r.revision, _sources: r.sources, _hash: r.hash, _seq: r.seq}}]->(b)",
            rows=chunk.relations,
        ).consume()
        tx.run("UNWIND $rows AS r CREATE (n:RelationVersion) SET n = r", rows=chunk.relation_versions).consume()
        tx.commit()

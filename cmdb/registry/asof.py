"""The type registry as it was after a commit: definitions are versioned in the ledger like everything else (design 5)."""

from pathlib import Path

import orjson

from cmdb.kernel.errors import CmdbError
from cmdb.model.definitions import from_body
from cmdb.model.registry import BadDefinitions, Registry
from cmdb.registry.errors import TypesUnreadable
from cmdb.registry.model import REGISTRY_ID
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"


def registry_at(store: Store, seq: int) -> Registry:
    """The types in force after commit `seq`; none before the first were seeded. Raises `TypesUnreadable` where history was altered."""
    definitions = []
    for row in store.read(load(_QUERIES, "read_types_at"), seq=seq):
        if row["id"] == REGISTRY_ID:
            continue
        try:
            definitions.append(from_body(orjson.loads(row["body"])["body"]["definition"]))
        except (CmdbError, KeyError, TypeError, ValueError) as problem:
            text = f"the version of {row['id']!r} at commit {seq} holds no type definition ({problem}); run `cmdb verify`"
            raise TypesUnreadable(text, id=row["id"]) from problem
    try:
        return Registry.of(definitions)
    except BadDefinitions as problem:
        raise TypesUnreadable(f"the type definitions at commit {seq} do not hold together: {problem.detail}", **problem.fields) from problem

"""Reads the stored definitions from the live graph. Writing is the ledger's."""

from pathlib import Path

import orjson

from cmdb.kernel.errors import CmdbError
from cmdb.model.definitions import from_body
from cmdb.model.registry import kind_and_name
from cmdb.registry.errors import TypesUnreadable
from cmdb.registry.model import REGISTRY_ID, DefinitionKey, StoredDefinition, StoredTypes
from cmdb.store.protocol import Store
from cmdb.store.statements import load

_QUERIES = Path(__file__).parent / "queries"
_KINDS = ["item_type", "relation_type", REGISTRY_ID]


class GraphDefinitions:
    """The definitions in the graph; a `DefinitionBook`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def revision(self) -> int:
        """The revision of the registry record, 0 before the first seed. One look-up by id."""
        rows = self._store.read(load(_QUERIES, "read_revision"), id=REGISTRY_ID)
        return int(rows[0]["revision"]) if rows else 0

    def read(self) -> StoredTypes:
        """Every definition with its revision. Raises `TypesUnreadable` for a record that holds none."""
        found: dict[DefinitionKey, StoredDefinition] = {}
        revision, digest, removed = 0, "", frozenset[str]()
        for row in self._store.read(load(_QUERIES, "read_types"), kinds=_KINDS):
            try:
                body = orjson.loads(row["body"])
                if row["id"] == REGISTRY_ID:
                    revision, digest, removed = row["revision"], body["pack_digest"], frozenset(body["removed"])
                    continue
                definition = from_body(body["definition"])
                found[kind_and_name(definition)] = StoredDefinition(definition, row["revision"], body.get("pack_digest"))
            except (CmdbError, KeyError, TypeError, ValueError) as problem:
                text = f"the record {row['id']!r} holds no type definition ({problem}); run `cmdb verify` to see what was altered"
                raise TypesUnreadable(text, id=row["id"]) from problem
        return StoredTypes(found, revision, digest, removed)

"""The schema in force. Types change at run time; the schema follows without a restart (design 9).

A schema is immutable and belongs to one registry. The holder keeps the newest and swaps it in one assignment: an operation that has begun
keeps the schema it began with. Building takes about a second and happens beside the running requests.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from graphql import GraphQLSchema
from strawberry import Schema

from cmdb.model.registry import Registry
from cmdb_graphql.build import build_schema, list_fields
from cmdb_graphql.documents import Documents
from cmdb_graphql.guard import Guard
from cmdb_graphql.limits import Limits


@dataclass(frozen=True, slots=True)
class BuiltSchema:
    """One registry's schema with what hangs on it: the guard and the cache of documents found valid."""

    registry: Registry
    schema: Schema
    core: GraphQLSchema
    guard: Guard
    documents: Documents
    list_fields: frozenset[str]

    def is_of(self, registry: Registry) -> bool:
        """Whether this is the schema of that registry."""
        return self.registry is registry or self.registry == registry

    @staticmethod
    def of(registry: Registry, limits: Limits) -> "BuiltSchema":
        schema = build_schema(registry)
        core = schema._schema
        return BuiltSchema(registry, schema, core, Guard(core, limits), Documents(core, limits), list_fields(registry))


class SchemaHolder:
    """Gives the schema of the registry in force. `registry` gives the one of the moment and is cheap to ask."""

    def __init__(self, registry: Callable[[], Registry], limits: Limits | None = None) -> None:
        self._registry = registry
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._built: BuiltSchema | None = None

    def current(self) -> BuiltSchema:
        """The schema in force; built on the first call. Where the registry has moved on, one caller builds, the others keep the former."""
        built = self._built
        if built is None:
            return self.refresh()
        if not built.is_of(self._registry()) and self._lock.acquire(blocking=False):
            try:
                return self._rebuild()
            finally:
                self._lock.release()
        return built

    def refresh(self) -> BuiltSchema:
        """Build anew where the registry has changed, and swap. The projector calls it when it meets a type version in the log."""
        with self._lock:
            return self._rebuild()

    def _rebuild(self) -> BuiltSchema:
        registry = self._registry()
        built = self._built
        if built is None or not built.is_of(registry):
            built = self._built = BuiltSchema.of(registry, self.limits)
        return built

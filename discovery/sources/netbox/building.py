"""How an observation is put together: empty values are left out, references lead only to objects the dump holds."""

from collections.abc import Mapping
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.sources.netbox.model import Dump


class Building:
    """One observation in the making."""

    def __init__(self, dump: Dump, model: str, key: int, item_type: str) -> None:
        self._dump, self._ref, self._type = dump, dump.ref(model, key), item_type
        self._fields: dict[str, Any] = {}
        self._relations: dict[tuple[str, str], ObservedRelation] = {}

    def say(self, **fields: Any) -> "Building":
        """Add fields; None and empty text say nothing."""
        self._fields |= {name: value for name, value in fields.items() if value is not None and value != ""}
        return self

    def tie(self, relation: str, model: str, key: Any, **attributes: Any) -> "Building":
        """Add a relationship to another object, where the dump holds it. The same twice counts once."""
        if self._dump.get(model, key) is not None:
            self.tie_ref(relation, self._dump.ref(model, key), attributes)
        return self

    def tie_ref(self, relation: str, ref: str, attributes: Mapping[str, Any] | None = None) -> "Building":
        """The same to an observation of this batch by its ref."""
        known = {name: value for name, value in (attributes or {}).items() if value is not None and value != ""}
        self._relations.setdefault((relation, ref), ObservedRelation(relation, to=ref, attributes=known))
        return self

    def done(self) -> Observation:
        """The observation."""
        return Observation(self._ref, self._type, self._fields, tuple(self._relations.values()))

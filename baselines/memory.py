"""The last few answers of comparisons: between two commits nothing ever changes, so who turns pages need not wait for totals again."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cmdb.model.registry import Registry

_KEPT = 16


@dataclass(slots=True)
class Memory:
    """The last few answers that can never change."""

    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    registry: Registry | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, registry: Registry) -> None:
        """Forget what was worked out with other types. Held here, the registry's identity, part of every key, is nobody else's."""
        with self.lock:
            if self.registry is not registry:
                self.kept.clear()
                self.registry = registry

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under a key, made where nothing is."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
        made = make()
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > _KEPT:
                self.kept.popitem(last=False)
        return made

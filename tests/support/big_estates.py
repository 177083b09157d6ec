"""Estates of a chosen size for the pages: one database at the root, and everything that needs it, in layers, as observations."""

import random
from typing import Any

LAYERS = (("virtual_machine", 0.05), ("software_instance", 0.2), ("application", 0.45), ("service_component", 0.25), ("service", 0.05))
"""Types from the root outwards, with their share of the items."""
SOFTENED = (2, 3)
"""Layers in which a quarter of the needs are soft: down becomes degraded, then at risk; a third would leave items unhurt."""


def estate(name: str, size: int, seed: int = 7) -> dict[str, Any]:
    """A batch of one root (`core-NAME`) and `size` items that need it, all hit when it is down: each needs one to three of the layer
    before, in two layers some softly, which makes three levels. The same for the same arguments."""
    dice = random.Random(seed)
    root = {"ref": f"{name}-root", "type": "database", "fields": {"name": f"core-{name}"}}
    observations: list[dict[str, Any]] = [root]
    before = [str(root["ref"])]
    left = size
    for index, (item_type, share) in enumerate(LAYERS):
        count = left if index == len(LAYERS) - 1 else min(left, max(1, round(size * share)))
        left -= count
        refs = [f"{name}-{item_type}-{number}" for number in range(count)]
        for number, ref in enumerate(refs):
            needs = dice.sample(before, min(len(before), dice.choice((1, 1, 2, 3))))
            relations = [{"type": "uses" if index in SOFTENED and dice.random() < 0.25 else "depends_on", "to": need} for need in needs]
            title = f"{item_type.replace('_', '-')}-{name}-{number}"
            observations.append({"ref": ref, "type": item_type, "fields": {"name": title}, "relations": relations})
        before = refs or before
    return {"source": "load", "scope": name, "reason": f"estate of {size}", "observations": observations}

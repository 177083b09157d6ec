"""What tells an item apart from others of its name, in a few words, for whoever reads a comparison.

Rule: of an image its repository with tag or digest; else the version; else the values of the first rule that identifies items of its type
(the registry's order is that of trust), but for what the name says already. Nothing where the name alone identifies it.
"""

from cmdb.model.item import ItemState
from cmdb.model.registry import Registry

LONGEST = 120
"""Characters; the whole value is among the attributes."""
_DIGEST = 19  # characters of `sha256:...` that people compare


def identity_of(state: ItemState, registry: Registry) -> str:
    """The words; empty where there is nothing to add to the name."""
    found = _image(state) or state.version or _by_rule(state, registry)
    if found == state.name:
        return ""
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}…"


def _image(state: ItemState) -> str:
    repository, tag, digest = (str(state.attributes.get(name) or "") for name in ("repository", "tag", "digest"))
    if not repository or not (tag or digest):
        return ""
    return f"{repository}:{tag}" if tag else f"{repository}@{digest[:_DIGEST]}"


def _by_rule(state: ItemState, registry: Registry) -> str:
    known = registry.item_types.get(state.type)
    fields = {**state.attributes, "name": state.name}
    for rule in known.identification if known is not None else ():
        if all(name in fields for name in rule.attributes):
            return " / ".join(value for value in map(str, (fields[name] for name in rule.attributes)) if value != state.name)
    return ""

"""Writes what is generated from the type registry: `docs/reference/types.md` and `cmdb/model/types/schema.json`.

python -m tools.gen_types_reference          write both
python -m tools.gen_types_reference --check  exit 1 where one is not current
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cmdb.model.definitions import duration_text
from cmdb.model.pack import PACK_FOLDER, load_pack
from cmdb.model.registry import Registry, ResolvedType
from cmdb.model.schema import definition_schema
from cmdb.model.types import Area, AttributeDef, PropagationKind, RelationType

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[Path, str]:
    """Each generated file with the text it must have."""
    return {
        PACK_FOLDER / "schema.json": json.dumps(definition_schema(), indent=2, ensure_ascii=False) + "\n",
        ROOT / "docs" / "reference" / "types.md": types_page(load_pack()),
    }


def types_page(registry: Registry) -> str:
    """The reference of all types, by area."""
    return "\n".join(_page(registry)) + "\n"


def _page(registry: Registry) -> Iterator[str]:
    concrete = sum(not one.abstract for one in registry.item_types.values())
    yield "# Types"
    yield ""
    yield "Generated from `cmdb/model/types/*.yaml` by `python -m tools.gen_types_reference`; do not edit."
    yield ""
    abstract = len(registry.item_types) - concrete
    yield f"{concrete} item types, {abstract} abstract ones above them, {len(registry.relation_types)} relationship types."
    yield ""
    yield "Every item has `name`, `status`, `version`, `location`, `description`, `owner`; a type has the attributes of its parents."
    yield ""
    yield "**R** required, **r** recommended, **C** controlled (changes only under an approved change), **L** a list,"
    yield "**S** secret (a digest or the place it is kept, never the secret)."
    for area in Area:
        types = [one for one in registry.item_types.values() if one.area is area]
        if types:
            yield ""
            yield f"## {area.value.capitalize()}"
            for one in sorted(types, key=lambda one: (len(one.ancestors), one.name)):
                yield from _item(one, registry)
    yield ""
    yield "## Relationships"
    yield ""
    yield "`source -name-> target`. The third column says who is affected when the other end fails."
    yield ""
    yield "| relationship | inverse | who is affected | pairs | cardinality |"
    yield "|---|---|---|---|---|"
    for relation in registry.relation_types.values():
        pairs = ", ".join(f"{pair.source} → {pair.target}" for pair in relation.pairs)
        yield f"| `{relation.name}` | `{relation.inverse}` | {_spread(relation)} | {pairs} | {relation.cardinality.replace('_', ' ')} |"
    for relation in registry.relation_types.values():
        yield ""
        yield f"### {relation.name}"
        yield ""
        yield relation.description
        yield from _attributes(relation.attributes, frozenset())


def _item(one: ResolvedType, registry: Registry) -> Iterator[str]:
    yield ""
    yield f"### {one.name}{' (abstract)' if one.abstract else ''}"
    yield ""
    yield one.description
    yield ""
    facts = [f"parent `{one.parent}`" if one.parent else "no parent"]
    children = registry.children_of(one.name)
    if children:
        facts.append("below it " + ", ".join(f"`{child}`" for child in children))
    if not one.abstract:
        facts.append(f"states {', '.join(f'**{name}**' if name == one.default_status else name for name in one.lifecycle.names)}")
        facts.append(f"stale after {duration_text(one.stale_after)}" if one.stale_after else "never stale")
        facts.append(f"control at least {one.control_level}")
    yield "; ".join(facts) + "."
    if one.identification and not one.abstract:
        rules = [f"{' + '.join(rule.attributes)} ({rule.strength})" for rule in one.identification]
        yield f"Identified by {', then '.join(rules)}."
    yield from _attributes(one.definition.attributes, one.controlled)


def _attributes(attributes: tuple[AttributeDef, ...], controlled: frozenset[str]) -> Iterator[str]:
    if not attributes:
        return
    yield ""
    yield "| attribute | kind | | meaning |"
    yield "|---|---|---|---|"
    for one in attributes:
        flags = ("R", one.required), ("r", one.recommended), ("C", one.name in controlled), ("L", one.multiple), ("S", one.secret)
        shown = " ".join(flag for flag, on in flags if on)
        yield f"| `{one.name}` | {_kind(one)} | {shown} | {one.description} |".replace("|  |", "| |")


def _kind(one: AttributeDef) -> str:
    parts = [one.kind.value]
    if one.enum:
        parts.append(": " + ", ".join(one.enum))
    if one.minimum is not None or one.maximum is not None:
        parts.append(f" {'' if one.minimum is None else one.minimum}..{'' if one.maximum is None else one.maximum}")
    if one.max_length is not None:
        parts.append(f" ≤ {one.max_length}")
    if one.unit:
        parts.append(f", {one.unit}")
    return "".join(parts)


def _spread(relation: RelationType) -> str:
    spread = relation.propagation
    if spread.kind is PropagationKind.NONE:
        return "nobody"
    chosen = f", or as `{spread.need_attribute}` says" if spread.need_attribute else ""
    return f"{spread.affected_end} ({spread.need}{chosen})"


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    stale = []
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.relative_to(ROOT))
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} {'is not current' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

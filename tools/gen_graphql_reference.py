"""Writes `graphql/schema.graphql` (the schema of the default pack) and `docs/reference/graphql.md` (operations, root fields, limits), or
with `--check` says whether both are current.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cmdb.model.pack import load_pack
from cmdb_graphql.access import MUTATIONS, PEOPLE, QUERIES, SUBSCRIPTIONS
from cmdb_graphql.build import build_schema, list_fields
from cmdb_graphql.limits import DEFAULT_PAGE, MAX_PAGE, Limits
from cmdb_graphql.operations import NamedOperation, load_operations, operations_dir

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "graphql" / "schema.graphql"
REFERENCE = ROOT / "docs" / "reference" / "graphql.md"
LIMIT_WORDS = {
    "body_bytes": "bytes in a request",
    "document_chars": "characters in a document",
    "tokens": "tokens in a document",
    "fragments": "fragments in a document",
    "depth": "levels of nesting",
    "aliases": "aliases",
    "selections": "selections, fragments expanded",
    "same_name": "repetitions of one response name in one place",
    "list_entries": "entries in one list of the variables",
    "introspection_lists": "nested lists of introspection",
    "cost": "objects an operation may return (page sizes multiply)",
    "mutations": "mutations in one operation",
}


def main() -> int:
    """0 where everything is current or was written."""
    registry = load_pack()
    schema = build_schema(registry)
    wanted = {SCHEMA: schema.as_str() + "\n", REFERENCE: reference(schema, sorted(list_fields(registry)))}
    if "--check" in sys.argv:
        stale = [place for place, text in wanted.items() if not place.exists() or place.read_text() != text]
        for place in stale:
            print(f"{place.relative_to(ROOT)} is not current")
        return 1 if stale else 0
    for place, text in wanted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return 0


def reference(schema: Any, lists: list[str]) -> str:
    """The page."""
    parts = [_HEAD, "## Limits", "", "| what | at most |", "|---|---|"]
    parts += [f"| {LIMIT_WORDS[name]} | {getattr(Limits(), name):,} |" for name in LIMIT_WORDS]
    parts += [f"| entries in one page (default {DEFAULT_PAGE}); some lists have fewer, and say so when asked for more | {MAX_PAGE:,} |", ""]
    fields = schema._schema
    for title, kind, roles in (
        ("Questions", fields.query_type, QUERIES),
        ("Writes", fields.mutation_type, MUTATIONS),
        ("Streams", fields.subscription_type, SUBSCRIPTIONS),
    ):
        parts += [f"## {title}", "", "| field | what | for |", "|---|---|---|"]
        parts += [_row(name, field, roles[name]) for name, field in kind.fields.items() if name in roles]
        parts.append("")
    parts += [
        "## Lists of one type",
        "",
        "Each takes `filter`, `anyOf`, `search`, `orderBy`, `first` and `after`, for whoever may ask `items`.",
        "",
    ]
    parts += [", ".join(f"`{name}`" for name in lists) + ".", "", "## Named operations", ""]
    for one in load_operations(operations_dir()):
        parts += _operation(one)
    return "\n".join(parts).rstrip() + "\n"


def _row(name: str, field: Any, roles: Iterable[Any]) -> str:
    arguments = ", ".join(f"{argument}: {one.type}" for argument, one in field.args.items())
    allowed = "people" if frozenset(roles) == PEOPLE else ", ".join(sorted(role.value for role in roles))
    return f"| `{name}{f'({arguments})' if arguments else ''}: {field.type}` | {field.description} | {allowed} |"


def _operation(one: NamedOperation) -> list[str]:
    return [f"### {one.name}", "", f"{one.description} (`{one.area}`)", "", "```graphql", _body(one), "```", ""]


def _body(one: NamedOperation) -> str:
    return "\n".join(line for line in one.text.splitlines() if not line.startswith("#") or "variables:" in line).strip()


_HEAD = """# GraphQL

Written by `tools/gen_graphql_reference.py`; change the code, not this page. The whole schema of the default types is
`graphql/schema.graphql`.

The address is `/graphql`: `POST` with `application/json`; `GET` for queries. `Accept: application/graphql-response+json` gives real
status codes, `Accept: text/event-stream` a stream. `/graphiql/` is a page to try everything on, with the operations below at hand.

"people" are all roles but agents, which write what they observe and read nothing but themselves.

Every error carries `extensions.code`, which has a page under `docs/errors/`, and `extensions.status`.
"""


if __name__ == "__main__":
    sys.exit(main())

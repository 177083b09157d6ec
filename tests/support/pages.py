"""Helpers for tests of the pages in a real browser."""

from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe-core" / "axe.min.js"

_POST = """async ([query, variables]) => (await (await fetch("/graphql", {
  method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({query, variables})})).json())"""
_FIND = """query($name: JSON!, $types: [String!]) {
  items(types: $types, filter: [{field: "name", op: EQ, value: $name}]) { nodes { id } } }"""


def ask(page: Any, query: str, **variables: Any) -> Any:
    """The data of a GraphQL operation, asked by the page with its own session."""
    found = page.evaluate(_POST, [query, variables])
    assert "errors" not in found, found
    return found["data"]


def item_id(page: Any, name: str, item_type: str) -> str:
    """The id of the one item of this name and type."""
    nodes = ask(page, _FIND, name=name, types=[item_type])["items"]["nodes"]
    assert len(nodes) == 1, f"{name}: {nodes}"
    return str(nodes[0]["id"])


def axe_findings(page: Any) -> list[str]:
    """What axe-core holds against the page: rule, how bad, where."""
    page.evaluate(AXE.read_text())  # the page's own policy lets no foreign script in; the debugger may
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [f"{one['id']} ({one['impact']}): {node['target']}" for one in found["violations"] for node in one["nodes"]]

"""Scopes and points as they are written on a command line.

    whole | service:NAME | type:server,database | items:NAME,NAME | release:NAME | query:FILE.json

A name stands for the one live item that has it; what is no live name is taken as an id, so that items of the past can be named.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from baselines.model import Scope
    from cmdb_app.wiring import Core

SCOPE_HELP = "whole, service:NAME, type:NAME,NAME, items:NAME,NAME, release:NAME, or query:FILE (JSON as docs/baselines.md shows)."
POINT_HELP = "A commit's number, a time with an offset (2026-11-23T10:00:00Z), or a baseline; default: now."


def scope_of(core: "Core", text: str) -> "Scope":
    """The scope a text stands for. Raises `BadScope`, `InvalidInput` for a name that several items have."""
    from baselines.errors import BadScope
    from baselines.model import Scope, ScopeKind

    word, _, rest = text.partition(":")
    try:
        kind = ScopeKind(word.strip().lower())
    except ValueError:
        raise BadScope(f"{word[:60]!r} is no kind of scope; write {SCOPE_HELP}", kind=word[:60]) from None
    named = [one.strip() for one in rest.split(",") if one.strip()]
    if kind is ScopeKind.TYPE:
        return Scope(kind, types=tuple(named))
    if kind is ScopeKind.ITEMS:
        return Scope(kind, items=tuple(item_id(core, one) for one in named))
    if kind is ScopeKind.QUERY:
        return Scope(kind, query=_query(rest.strip()))
    if kind is ScopeKind.SERVICE:
        return Scope(kind, service=item_id(core, rest.strip()) if rest.strip() else None)
    if kind is ScopeKind.RELEASE:
        return Scope(kind, release=item_id(core, rest.strip()) if rest.strip() else None)
    return Scope(kind) if not rest else Scope(kind, items=tuple(named))  # the latter is refused, with the reason


def item_id(core: "Core", text: str) -> str:
    """The id of the one live item with this id or name; the text itself where it is the id of an item of the past.

    Raises `EmptyScope` where no item was ever called so, `InvalidInput` for several of the name.
    """
    from baselines.errors import EmptyScope
    from cmdb.inventory.query import Filter, ItemQuery
    from cmdb.kernel.errors import InvalidInput

    if core.inventory.item(text) is not None:
        return text
    named = core.inventory.page(ItemQuery(filters=(Filter("name", "eq", text),), first=20)).items
    if len(named) > 1:
        shown = "; ".join(f"{one.id} ({one.state.type})" for one in named[:5])
        raise InvalidInput(f"several items are called {text!r}; say which by its id: {shown}")
    if not named and not core.history.was(text):
        raise EmptyScope(f"no item is called {text[:80]!r}, and none has this id", missing=[text[:80]])
    return named[0].id if named else text


def _query(text: str) -> dict[str, Any]:
    from baselines.errors import BadScope

    try:
        data = text.encode() if text.startswith("{") else Path(text).read_bytes()
        found = orjson.loads(data)
    except OSError as problem:
        raise BadScope(f"{text[:200]} cannot be read: {problem.strerror}") from problem
    except orjson.JSONDecodeError as problem:
        raise BadScope(f"the saved query is no JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise BadScope("a saved query is a JSON object")
    return found

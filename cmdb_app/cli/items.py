"""Questions about items: lists, one item, what happens if it fails, its past."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.output import EXIT_USAGE, Json

if TYPE_CHECKING:
    from cmdb.inventory.query import Filter, LiveItem
    from cmdb.model.registry import Registry
    from cmdb_app.wiring import Core

listing = typer.Typer(no_args_is_help=True, help="Items as they are, or were at a moment.")
At = Annotated[str | None, typer.Option("--as-of", help="A commit's number, a time, or a baseline's id or name; now if not given.")]

_OPERATORS = {">=": "gte", "<=": "lte", "!=": "ne", "~": "contains", "^": "starts_with", "=": "eq", ">": "gt", "<": "lt"}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(listing, name="items")
    app.command()(history)


@listing.command("list")
def list_items(
    type: Annotated[list[str] | None, typer.Option("--type", "-t", help="A type, with those below it; may be repeated.")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", "-w", help="A condition such as name=web, os~debian, cpu_count>=4.")] = None,
    search: Annotated[str, typer.Option("--search", "-s", help="Words in name or description.")] = "",
    order: Annotated[str, typer.Option(help="Field to order by; -FIELD for the largest first.")] = "name",
    first: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 50,
    after: Annotated[str | None, typer.Option(help="Cursor from the page before (--json tells it).")] = None,
    as_of: At = None,
    as_json: Json = False,
) -> None:
    """A page of items."""
    from cmdb.inventory.query import ItemQuery, Order
    from cmdb.registry.asof import registry_at
    from cmdb_app.cli.items_view import page_of
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        seq = None if as_of is None else core.baselines.points.resolve(as_of).seq
        registry = core.registry.current() if seq is None else registry_at(core.store, seq)
        types = tuple(sorted({name for one in type or () for name in registry.concrete_of(one)}))
        filters = tuple(_condition(core, text) for text in where or ())
        ordering = Order(order.removeprefix("-"), order.startswith("-"))
        _check_fields(registry, types, [*(one.field for one in filters), ordering.field])
        query = ItemQuery(types=types, filters=filters, order=ordering, first=first, after=after, search=search)
        page = page_of(core, query, seq)
    if as_json:
        print_json({"items": [_body(item) for item in page.items], "total": page.total, "next": page.next, "as_of": seq})
        return
    rows = [(i.state.id, i.state.type, i.state.name, i.state.status, i.state.version, i.state.owner) for i in page.items]
    print_table(["id", "type", "name", "status", "version", "owner"], rows)
    print(f"{len(page.items)} of {page.total}" + ("" if seq is None else f" as of commit {seq}"), file=sys.stderr)


@listing.command("show")
def show_item(
    item: Annotated[str, typer.Argument(help="Id, or a name that only one item has.")], as_of: At = None, as_json: Json = False
) -> None:
    """One item with its attributes, their sources, and its relationships."""
    from cmdb_app.cli.items_view import seen
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        seq = None if as_of is None else core.baselines.points.resolve(as_of).seq
        found, relations = seen(core, item, seq)
    state = found.state
    if as_json:
        near = [{"type": r.type, "outgoing": r.outgoing, "id": r.other, "item_type": r.other_type, "name": r.other_name} for r in relations]
        print_json({**_body(found), "relations": near, "as_of": seq})
        return
    fixed = ("id", "type", "revision")
    fields = [(name, getattr(state, name), "") for name in fixed]
    names = ("name", "status", "version", "location", "description", "owner", *sorted(state.attributes))
    fields += [(name, _text(state.value(name)), state.origins.get(name, "")) for name in names if state.value(name) is not None]
    print_table(["field", "value", "source"], fields)
    arrows = [("" if r.outgoing else "<-", r.type, "->" if r.outgoing else "", r.other_type, r.other_name, r.other) for r in relations]
    print_table(["", "relationship", "", "type", "name", "id"], arrows)


def history(item: Annotated[str, typer.Argument(help="Id, or a name that only one item has.")], as_json: Json = False) -> None:
    """The versions of an item, newest first: what changed, when, by whom and why."""
    from cmdb_app.cli.history_view import versions_of
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        subject = item if core.inventory.item(item) is None and core.history.was(item) else _one(core, item).id
        versions = versions_of(core, subject)
    if as_json:
        print_json(versions)
        return
    rows = [(v["seq"], v["time"], v["revision"], v["actor"], v["source"], ", ".join(v["changed"]), v["reason"]) for v in versions]
    print_table(["commit", "time", "revision", "actor", "source", "changed", "reason"], rows)


def _one(core: "Core", text: str) -> "LiveItem":
    """The item with this id, or the only one with this name."""
    from cmdb.inventory.query import Filter, ItemQuery
    from cmdb.kernel.errors import InvalidInput
    from cmdb_app.rest.items import ItemNotFound

    found = core.inventory.item(text)
    if found is not None:
        return found
    named = core.inventory.page(ItemQuery(filters=(Filter("name", "eq", text),), first=20)).items
    if not named:
        raise ItemNotFound(f"no live item has the id or name {text!r}; `cmdb items list --search {text}` may find it")
    if len(named) > 1:
        shown = "; ".join(f"{one.id} ({one.state.type})" for one in named[:5])
        raise InvalidInput(f"several items are called {text!r}; say which by its id: {shown}")
    return named[0]


def _check_fields(registry: "Registry", types: tuple[str, ...], asked: list[str]) -> None:
    """A field no asked type has would match nothing, which reads like an answer. Raises `InvalidInput`."""
    from cmdb.kernel.errors import InvalidInput
    from cmdb.model.item import CORE_FIELDS

    known = {"id", "type", "revision", *CORE_FIELDS}
    for name in types or registry.item_types:
        known.update(registry.item(name).attributes)
    unknown = sorted(set(asked) - known)
    if unknown:
        shown = ", ".join(types[:5]) or "any type"
        raise InvalidInput(f"{unknown[0]!r} is no field of {shown}; `cmdb types show TYPE` lists them")


def _condition(core: "Core", text: str) -> "Filter":
    from cmdb.inventory.query import Filter

    for sign, operator in _OPERATORS.items():
        field, found, value = text.partition(sign)
        if found and field.replace("_", "").isalnum():
            return Filter(field, operator, _typed(core, field, value))
    print(f"cmdb: {text!r} is no condition; write name=web, os~debian, cpu_count>=4, ...", file=sys.stderr)
    sys.exit(EXIT_USAGE)


def _typed(core: "Core", field: str, value: str) -> Any:
    """The text brought to the kind the attribute has in the first type that has it; as it is where none has."""
    for resolved in core.registry.current().item_types.values():
        attribute = resolved.attributes.get(field)
        if attribute is None:
            continue
        if attribute.kind in ("integer", "number"):
            try:
                return float(value) if "." in value else int(value)
            except ValueError:
                return value
        return value.lower() == "true" if attribute.kind == "boolean" else value
    return value


def _body(item: "LiveItem") -> dict[str, Any]:
    from cmdb_app.rest.items import item_body

    return item_body(item)


def _text(value: Any) -> str:
    return "; ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)

"""Items and levels as people name them: an item by id, or by a name that only one item has, now or at a commit."""

from collections.abc import Sequence

from cmdb.impact.levels import Level
from cmdb.impact.questions import RetiredRoot, UnknownRoot
from cmdb.inventory.query import Filter, ItemQuery, Op
from cmdb.kernel.errors import CmdbError, InvalidInput
from cmdb.ledger.asof import UnknownRevision
from cmdb.past.names import names_at
from cmdb_app.wiring import Core, Services

_NAMES_AT_ONCE = 500
_CANDIDATES = 1_000
_LEVEL_WORDS = frozenset({"down", "degraded", "at_risk"})


def ids_of(core: Core, asked: Sequence[str], seq: int | None = None, unknown: type[CmdbError] = UnknownRoot) -> list[str]:
    """The id of each item asked for, in order. Raises `RetiredRoot` for the id of a retired item, `unknown` for what no item has (names of
    retired items are not kept: they are found by id), and `InvalidInput` for a name that several items have."""
    wanted = list(dict.fromkeys(asked))
    known = set(core.inventory.items(wanted)) if seq is None else set(core.history.items_by_id(wanted, seq))
    named = _by_name(core, [one for one in wanted if one not in known], seq)
    return [one if one in known else _only(core, one, named.get(one, []), seq, unknown) for one in wanted]


def roots_of(core: Core, asked: Sequence[str], level: str, seq: int | None = None) -> dict[str, Level]:
    """Items by id with the level each is put to: `ITEM:degraded` says its own, others have `level`. Where one is named twice, the worse
    counts. Raises as `ids_of` and `level_of` do."""
    usual = level_of(level)
    split = [one.rpartition(":") for one in asked]
    told = [
        (item, level_of(word)) if item and word in _LEVEL_WORDS else (whole, usual)
        for whole, (item, _, word) in zip(asked, split, strict=True)
    ]
    try:
        ids = dict(zip(dict.fromkeys(item for item, _ in told), ids_of(core, [item for item, _ in told], seq), strict=True))
    except UnknownRoot:
        _check_words(core, [one for one in asked if ":" in one], seq)
        raise
    found: dict[str, Level] = {}
    for item, put in told:
        found[ids[item]] = max(put, found.get(ids[item], Level.OK))
    return found


def _check_words(core: Core, asked: Sequence[str], seq: int | None) -> None:
    """Raises `InvalidInput` for `ITEM:WORD` where there is such an item and WORD is no level: more than that nothing has the name."""
    for whole in asked:
        item, _, word = whole.rpartition(":")
        if item and word not in _LEVEL_WORDS and _is_there(core, item, seq) and not _is_there(core, whole, seq):
            raise InvalidInput(f"{word[:40]!r} is no level; write {item[:80]}:down, {item[:80]}:degraded or {item[:80]}:at_risk")


def _is_there(core: Core, one: str, seq: int | None) -> bool:
    known = core.inventory.items([one]) if seq is None else core.history.items_by_id([one], seq)
    return bool(known) or bool(_by_name(core, [one], seq))


def level_of(word: str) -> Level:
    """The level of this name that something can be put to. Raises `InvalidInput`."""
    if word.upper() not in Level.__members__ or word.lower() == "ok":
        raise InvalidInput(f"{word[:40]!r} is no level; use down, degraded or at_risk")
    return Level[word.upper()]


def check_reached(services: Services, at_least: int) -> None:
    """A commit that is not there yet is refused at once: waiting for it would only hold a thread. Raises `UnknownRevision`."""
    if at_least > services.impact.revision and at_least > (head := services.ledger.head().seq):
        raise UnknownRevision(f"the ledger stands at {head}; there is no commit {at_least} yet", head=head)


def names_of(core: Core, ids: Sequence[str], seq: int | None = None) -> dict[str, str]:
    """The names of items, as they are or were at a commit."""
    return names_at(core.inventory, core.history, ids, seq)


def _by_name(core: Core, names: list[str], seq: int | None) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    if seq is not None:
        query = ItemQuery(filters=(Filter("name", Op.IN, names),))
        for past in core.past.all(query, seq) if names else ():
            found.setdefault(past.state.name, []).append((past.state.id, past.state.type))
        return found
    waiting = [names[first : first + _NAMES_AT_ONCE] for first in range(0, len(names), _NAMES_AT_ONCE)]
    while waiting:
        asked = waiting.pop()
        page = core.inventory.page(ItemQuery(filters=(Filter("name", Op.IN, asked),), first=_CANDIDATES))
        if page.has_next and len(asked) > 1:  # some are names of very many: each half is asked for itself
            waiting += [asked[: len(asked) // 2], asked[len(asked) // 2 :]]
            continue
        for one in page.items:
            found.setdefault(one.state.name, []).append((one.state.id, one.state.type))
    return found


def _only(core: Core, name: str, found: list[tuple[str, str]], seq: int | None, unknown: type[CmdbError]) -> str:
    if not found:
        if unknown is UnknownRoot and core.history.was(name, None if seq is None else seq + 1):
            then = "is retired; nothing live depends on it" if seq is None else f"was retired at commit {seq}"
            raise RetiredRoot(f"item {name!r} {then}", ids=[name])
        then = "no live item has" if seq is None else f"at commit {seq} no item had"
        raise unknown(f"{then} the id or name {name[:80]!r}; `cmdb items list --search {name[:40]}` may find it")
    if len(found) > 1:
        shown = "; ".join(f"{one} ({kind})" for one, kind in found[:5])
        raise InvalidInput(f"several items are called {name[:80]!r}; say which by its id: {shown}", ids=[one for one, _ in found[:20]])
    return found[0][0]

"""How well an item answers a search: the rule of the search field, told once and pure, so that both engines give one order.

Every word that was typed must occur in the name, the type's name or the description. First comes the item whose name is what was typed;
then names that have every word as a whole word; then names that begin with what was typed; then those with words that begin so; then those
that contain them anywhere; then descriptions. A word that names the type counts like one of the name ("payments database": a `database`
called payments-primary). Among equals, what can break something comes before documents, agreements and people; then what people speak of
(services, applications, databases) before what carries it (pods, cables); then the name that begins with the first word; then the shorter.
"""

import heapq
import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from cmdb.model.registry import Registry
from cmdb.model.types import Area

DESCRIBED = 200
"""Letters of a description that are searched: what it is about stands at its beginning."""
MOST_WORDS = 8
_MANY = 2_000
_LABEL_FROM = 3
"""Letters a word needs before it may stand for the beginning of a type's name."""
_BETWEEN = re.compile(r"[\W_]+")


HARMLESS = 100
"""The weight from which on a type's failure reaches nothing."""
_SPOKEN_OF = (Area.BUSINESS, Area.APPLICATION, Area.STORAGE, Area.COMPUTE, Area.SOFTWARE, Area.NETWORK, Area.FACILITY, Area.CONTAINER)


def weights_of(registry: Registry) -> Mapping[str, int]:
    """Item type -> which of two equal answers comes first, the lighter. Pure: ask for it with `registry.derived`."""
    places = {area: place for place, area in enumerate(_SPOKEN_OF)}
    breaking = registry.breaking()
    return {name: places.get(one.area, len(places)) + (0 if name in breaking else HARMLESS) for name, one in registry.item_types.items()}


class Entry(NamedTuple):
    """What is searched of one item: `name` and `label` (its type) in words between blanks, `text` both and the description."""

    text: str
    name: str
    label: str
    type: str
    id: str


def spaced(text: str) -> str:
    """A text as its words in lower case, each between blanks: ` payments primary `; one blank where there is none."""
    return f" {_BETWEEN.sub(' ', text.casefold()).strip()} ".replace("  ", " ")


def entry(item_id: str, type_name: str, name: str, description: str, labels: dict[str, str]) -> Entry:
    """The entry of an item. `labels` keeps one text for each type."""
    label = labels.get(type_name)
    if label is None:
        label = labels[type_name] = spaced(type_name)
    words = spaced(name)
    return Entry(f"{words}\n{label}\n{spaced(description[:DESCRIBED])}", words, label, type_name, item_id)


class Ranking:
    """One search: which entries answer it, and their places."""

    def __init__(self, words: str, weights: Mapping[str, int]) -> None:
        """`weights`: see `weights_of`."""
        typed = [spaced(word)[1:-1] for word in words.split()[:MOST_WORDS]]
        self.words = tuple(dict.fromkeys(word for word in typed if word))
        self._whole = spaced(words)
        self._weights = weights

    def answers(self, entries: Collection[Entry]) -> list[Entry]:
        """The entries in which every word occurs; the longest word leaves the fewest."""
        if not self.words:
            return []
        found: list[Entry] = list(entries)
        for word in sorted(self.words, key=len, reverse=True):
            found = [one for one in found if word in one.text]
        return found

    def best(self, found: list[Entry], limit: int) -> list[Entry]:
        """The first `limit` of these answers in their order. Of very many, only those are placed that can be among the first: where enough
        harmful ones have every word whole (or begin so, with words too short to name a type), nothing else comes before them."""
        if len(found) > _MANY:
            ends = (" ", "") if max(map(len, self.words)) < _LABEL_FROM else (" ",)
            for end in ends:
                close = [one for one in found if all(f" {word}{end}" in one.name for word in self.words)]
                if sum(self._weights.get(one.type, HARMLESS) < HARMLESS for one in close) >= limit:
                    found = close
                    break
        return heapq.nsmallest(limit, found, key=self.place)

    def place(self, one: Entry) -> tuple[int, bool, int, int, bool, int, str, str, str]:
        """The smaller, the better. No two items have the same."""
        tier, by_label = self._tier(one)
        weight = self._weights.get(one.type, HARMLESS)
        begins = one.name.startswith(f" {self.words[0]}")
        return tier, weight >= HARMLESS, by_label, weight, not begins, len(one.name), one.name, one.type, one.id

    def _tier(self, one: Entry) -> tuple[int, int]:
        """How closely the name is met (0: it is what was typed), and how many words only the type's name has."""
        name = one.name
        if name == self._whole:
            return 0, 0
        worst, by_label = 1, 0
        for word in self.words:
            if f" {word} " in name:
                continue
            if f" {word}" in name:
                worst = max(worst, 3)
            elif len(word) >= _LABEL_FROM and f" {word}" in one.label:
                by_label += 1
            else:
                worst = max(worst, 4 if word in name else 5)
        if by_label == len(self.words):  # any of that type, whatever its name
            worst = max(worst, 3)
        return (2 if worst > 2 and name.startswith(self._whole[:-1]) else worst), by_label

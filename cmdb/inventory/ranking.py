"""How well an item answers a search: the rule of the search field, told once and pure, so that both engines give one order.

Every word that was typed must occur in the name, the type's name or the description. First comes the item whose name is what was typed;
then names that begin with it (with the whole word before a part of one); then names that have every word as a whole word; then those with
words that begin so; then those that contain them anywhere; then descriptions. A word that names the type counts like one of the name
("payments database": a `database` called payments-primary). Among equals, what can break something comes before documents, agreements and
people; then the shorter name.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

DESCRIBED = 200
"""Letters of a description that are searched: what it is about stands at its beginning."""
MOST_WORDS = 8
_LABEL_FROM = 3
"""Letters a word needs before it may stand for the beginning of a type's name."""
_BETWEEN = re.compile(r"[\W_]+")


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

    def __init__(self, words: str, breaking: Collection[str]) -> None:
        """`breaking`: types whose failure can reach others."""
        typed = [spaced(word)[1:-1] for word in words.split()[:MOST_WORDS]]
        self.words = tuple(dict.fromkeys(word for word in typed if word))
        self._whole = spaced(words)
        self._breaking = frozenset(breaking)

    def answers(self, entries: Collection[Entry]) -> list[Entry]:
        """The entries in which every word occurs; the longest word leaves the fewest."""
        if not self.words:
            return []
        found: list[Entry] = list(entries)
        for word in sorted(self.words, key=len, reverse=True):
            found = [one for one in found if word in one.text]
        return found

    def place(self, one: Entry) -> tuple[int, bool, int, int, str, str, str]:
        """The smaller, the better. No two items have the same."""
        tier, by_label = self._tier(one)
        return tier, one.type not in self._breaking, by_label, len(one.name), one.name, one.type, one.id

    def _tier(self, one: Entry) -> tuple[int, int]:
        """How closely the name is met (0: it is what was typed), and how many words only the type's name has."""
        name = one.name
        if name == self._whole:
            return 0, 0
        if name.startswith(self._whole[:-1]):
            return (1 if name.startswith(self._whole) else 2), 0
        worst, by_label = 3, 0
        for word in self.words:
            if f" {word} " in name:
                continue
            if f" {word}" in name:
                worst = max(worst, 4)
            elif len(word) >= _LABEL_FROM and f" {word}" in one.label:
                by_label += 1
            else:
                worst = max(worst, 5 if word in name else 6)
        if by_label == len(self.words):  # any of that type, whatever its name
            worst = max(worst, 4)
        return worst, by_label

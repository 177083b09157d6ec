"""Trees in a terminal. A level or strength is told by a word, never by colour alone."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

_STYLES = {"down": "bold red", "degraded": "yellow", "at_risk": "cyan", "hard": "bold red", "redundant": "cyan", "soft": "yellow"}


def label(word: str, name: str, kind: str, relation: str | None = None, note: str = "") -> Text:
    """One line: how bad, what, of which type, along which relationship."""
    line = Text.assemble((f"{word.replace('_', ' ')} " if word else "", _STYLES.get(word, "")), (name, "bold"), (f" ({kind})", "dim"))
    if relation:
        line.append(f" {relation}", "italic dim")
    if note:
        line.append(f" {note}", "dim")
    return line


def grown(tree: Tree, node: Any, children: Callable[[Any], Iterable[Any]], told: Callable[[Any], Any]) -> Tree:
    """The tree with everything below `node` in it. Not by recursion: a chain may be longer than the stack."""
    waiting = [(tree, node)]
    while waiting:
        branch, one = waiting.pop()
        waiting.extend((branch.add(told(child)), child) for child in children(one))
    return tree


def print_trees(trees: Iterable[Tree]) -> None:
    """As wide as the terminal allows; into a pipe, whole lines."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    for tree in trees:
        console.print(tree)

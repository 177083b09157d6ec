"""Debian's control format as far as sources need it: stanzas of fields, and names in dependency fields (deb822(5), deb-control(5)). Pure.

Version bounds and architecture marks of a dependency are not looked at: who wrote the stanza has held them.
"""

import re
from collections.abc import Iterable, Iterator

PACKAGE_NAME = re.compile(r"^\s*([a-z0-9][a-z0-9+.-]*)")


def stanzas(lines: Iterable[str], fields: frozenset[str]) -> Iterator[dict[str, str]]:
    """The stanzas, each as field -> value with lower-case names, only those in `fields`; continued lines are joined. Blank lines part them.

    `lines` may carry their line ends. Nothing is raised: a line that is no field is passed over.
    """
    stanza: dict[str, str] = {}
    field = ""
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not line.strip(" \t"):
            if stanza:
                yield stanza
            stanza, field = {}, ""
        elif line[0] in " \t":
            if field:
                stanza[field] += line
        else:
            head, colon, value = line.partition(":")
            field = head.lower() if colon and head.lower() in fields else ""
            if field:
                stanza[field] = value.strip()
    if stanza:
        yield stanza


def clauses(value: str) -> Iterator[list[str]]:
    """The alternatives of each clause of a dependency field: `a | b (>= 2), c` gives `[a, b]` and `[c]`. Empty clauses are left out."""
    for clause in value.split(","):
        names = [match[1] for match in map(PACKAGE_NAME.match, clause.split("|")) if match]
        if names:
            yield names

"""Statements are files: `queries/<verb_noun>.cypher` beside their only user, with a header.

    // mode: read
    // params: ids
    // returns: id, name
    MATCH ...

Where an engine needs other text, `<same>.arcadedb.cypher` stands beside it. Labels and relationship types cannot be parameters: a statement
holds `{{label}}` places for them, filled by `Statement.named(...)`, which lets pass only names that the escaping builder accepts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from cmdb.kernel.errors import CmdbError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class BadStatement(CmdbError):
    """A statement file without a proper header, or a place filled with something that is no name. A defect of ours, never of a caller."""

    code = "bad-statement"
    title = "A database statement is malformed"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its mode (`read` or `write`), declared parameters and returns, and its text for each engine."""

    name: str
    mode: str
    params: tuple[str, ...]
    returns: tuple[str, ...]
    text: str
    dialects: Mapping[str, str] = field(default_factory=dict)

    def for_engine(self, engine: str) -> str:
        """The text this engine is to run."""
        return self.dialects.get(engine, self.text)

    def named(self, **names: str) -> "Statement":
        """The statement with its `{{places}}` filled by backtick-quoted labels or relationship types. `A:B` gives two labels."""
        quoted = {place: _quote(name) for place, name in names.items()}

        def fill(text: str) -> str:
            missing = {match[1] for match in _PLACE.finditer(text)} - quoted.keys()
            if missing:
                raise BadStatement(f"{self.name}: no name was given for the place {', '.join(sorted(missing))}")
            return _PLACE.sub(lambda match: quoted[match[1]], text)

        return replace(self, text=fill(self.text), dialects={engine: fill(text) for engine, text in self.dialects.items()})


def _quote(names: str) -> str:
    parts = names.split(":")
    for name in parts:
        if not _NAME.fullmatch(name):
            raise BadStatement(f"{name!r} cannot be a label, relationship type or property name")
    return ":".join(f"`{name}`" for name in parts)


@cache
def load(folder: Path, name: str) -> Statement:
    """The statement `<folder>/<name>.cypher` with its dialects. Raises `BadStatement` for a missing or wrong header."""
    header, text = _parse(folder / f"{name}.cypher")
    dialects = {}
    for path in folder.glob(f"{name}.*.cypher"):
        dialects[path.name.split(".")[-2]] = _parse(path)[1]
    if header.get("mode") not in ("read", "write"):
        raise BadStatement(f"{folder / name}.cypher: the header must say `// mode: read` or `// mode: write`")
    return Statement(name, header["mode"], _words(header.get("params", "")), _words(header.get("returns", "")), text, dialects)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip() and word.strip() != "none")


def _parse(path: Path) -> tuple[dict[str, str], str]:
    header: dict[str, str] = {}
    body = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as problem:
        raise BadStatement(f"there is no statement file {path}") from problem
    for line in lines:
        match = re.match(r"//\s*(mode|params|returns):\s*(.*)", line)
        if match:
            header[match[1]] = match[2]
        elif not line.startswith("//"):
            body.append(line)
    return header, "\n".join(body).strip()

"""Named operations: `graphql/operations/<area>/<Name>.graphql`, used by pages, command line and tests alike.

A file holds one operation, named as the file. Its leading comment lines say what it is for; a line `# variables: {...}` gives an example.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cmdb.kernel.errors import CmdbError


class BadOperationFile(CmdbError):
    """A file under graphql/operations is not what it has to be. A defect of ours, never of a caller."""

    code = "bad-operation-file"
    title = "A named operation is malformed"


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """One operation: its text as it stands in the file, and variables to try it with."""

    name: str
    area: str
    kind: str
    description: str
    text: str
    variables: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Plain JSON for the pages."""
        return asdict(self)


def operations_dir() -> Path | None:
    """`graphql/operations` of the checkout, or what a wheel carries; None where neither is."""
    here = Path(__file__).parent
    return next((place for place in (here.parent / "operations", here / "operations") if place.is_dir()), None)


def load_operations(folder: Path | None) -> tuple[NamedOperation, ...]:
    """Every operation of a folder, by area and name. Raises `BadOperationFile`."""
    if folder is None:
        return ()
    return tuple(_load(path) for path in sorted(folder.glob("*/*.graphql")))


def by_name(operations: Iterable[NamedOperation]) -> dict[str, NamedOperation]:
    """Look-up by name."""
    return {one.name: one for one in operations}


def _load(path: Path) -> NamedOperation:
    text = path.read_text(encoding="utf-8")
    comments, variables = [], {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said = line.removeprefix("#").strip()
        if said.startswith("variables:"):
            try:
                variables = json.loads(said.removeprefix("variables:"))
            except ValueError as problem:
                raise BadOperationFile(f"{path.name}: the example variables are not JSON: {problem}") from None
        else:
            comments.append(said)
    kind = next((word for word in ("query", "mutation", "subscription") if f"\n{word} {path.stem}" in f"\n{text}"), None)
    if kind is None or not comments:
        raise BadOperationFile(f"{path.name} must hold one operation named {path.stem}, after a comment that says what it is for")
    return NamedOperation(path.stem, path.parent.name, kind, " ".join(comments), text, variables)

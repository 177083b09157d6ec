"""Purged versions: the body is gone, everything that is hashed into the chain stays (issue "purge by policy").

Rules: a purged version has an empty body and, in `purged`, the number of the commit that ordered it; that commit's `purge_part` records
name each purged version with its hash and the properties that stand beside a body, so that verification can tell a purge from a theft.
Whoever needs the body is told so; nobody is ever given something else in its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from cmdb.kernel.errors import CmdbError
from cmdb.model.commit import VersionKind

PURGE = "purge"
"""Kind of the record of a purge: policy, who, why, how many."""

PART = "purge_part"
"""Kind of the records that name the versions, `MOST` in each."""

APPROVED, ORDERED = "approved", "ordered"
"""The states of a purge that verification looks for: approved by another person first, then ordered together with its parts."""

MOST = 2_000

Line = tuple[str, str, str, str, bool, str, str]
"""One purged version as a part names it: kind, key, hash, type, retired, source, target (empty for items)."""


class VersionPurged(CmdbError):
    """The content that was asked for was removed by a purge; its hash and the purge's record remain."""

    code = "version-purged"
    status = 410
    title = "The content of this version was purged"


def body_of(text: str, what: str = "a version that is needed for this answer") -> Any:
    """The parsed body of a version. Raises `VersionPurged` where it has none any more."""
    if text == "":
        raise VersionPurged(
            f"the content of {what} was removed by a purge; what happened is in the ledger (`cmdb purge list`), the content is not. "
            "Ask for a later moment, or for a baseline: what baselines need is kept"
        )
    return orjson.loads(text)


def parts_of(purge: str, lines: Sequence[Line]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The records that name purged versions: (id, body)."""
    for number, start in enumerate(range(0, len(lines), MOST)):
        yield f"{purge}-{number:05d}", {"purge": purge, "versions": [list(line) for line in lines[start : start + MOST]]}


def lines_of(body: Mapping[str, Any]) -> Iterator[Line]:
    """The versions a part's record body names: as tuples, which compare."""
    return (_line(*line) for line in body["versions"])


def _line(kind: str, key: str, hash_: str, type_name: str, retired: bool, source: str, target: str) -> Line:
    return kind, key, hash_, type_name, retired, source, target


def line_of(kind: VersionKind, key: str, hash_: str, type_name: str, retired: bool, ends: tuple[str, str] | None) -> Line:
    """A version as a part names it."""
    source, target = ends or ("", "")
    return kind.value, key, hash_, type_name, retired, source, target

"""The index on disk: one file for each array, mapped into memory when it is restored, and a description with the digest of each.

A snapshot is trusted only when every digest holds, its format and propagation rules are those of this program and registry, and the
ledger has a commit with its number and hash. Anything else is a reason to build anew from the store, never an error. Workers of one
machine that restore the same snapshot share its pages.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from cmdb.impact.arrows import ArrowTable
from cmdb.impact.compressed import WORD_FIELDS, CompressedGraph
from cmdb.kernel.canonical import canonical_json, digest
from cmdb.kernel.clock import from_text

FORMAT = 2
"""2: says when sightings were read (`fresh_as_of`)."""
ARRAYS = tuple(f.name for f in fields(CompressedGraph) if f.name not in WORD_FIELDS)
DESCRIPTION = "snapshot.json"
LONG_AGO = "1970-01-01T00:00:00.000000Z"
"""When sightings were read for a graph of which nobody knows: whoever restores it reads them anew."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A restored graph, where in which ledger it stands, and the moment its freshness is about."""

    graph: CompressedGraph
    revision: int
    ledger_hash: str
    fresh_as_of: str


class Unusable(Exception):
    """Why a snapshot cannot be used, for the log."""


def fingerprint(arrows: ArrowTable) -> str:
    """Digest of the propagation rules an index was built with."""
    ways = {name: [way.kind.value, way.need.value, way.need_attribute] for name, way in arrows.propagation.items()}
    return digest(canonical_json({"ways": ways, "groups": sorted(arrows.group_types)}))


def save(folder: Path, graph: CompressedGraph, revision: int, ledger_hash: str, arrows: ArrowTable, fresh_as_of: str = LONG_AGO) -> Path:
    """Write a snapshot to `folder/<revision>` in one step (written beside, then renamed) and remove older ones. Returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    writing = folder / f".writing-{os.getpid()}"
    shutil.rmtree(writing, ignore_errors=True)
    writing.mkdir()
    digests = {name: _write_array(writing / f"{name}.npy", getattr(graph, name)) for name in ARRAYS}
    description = {
        "format": FORMAT,
        "revision": revision,
        "ledger_hash": ledger_hash,
        "fresh_as_of": fresh_as_of,
        "arrows": fingerprint(arrows),
        "words": {name: list(getattr(graph, name)) for name in WORD_FIELDS},
        "arrays": digests,
    }
    body = canonical_json(description)
    (writing / DESCRIPTION).write_bytes(canonical_json({"digest": digest(body), "description": description}))
    final = folder / f"{revision:020d}"
    shutil.rmtree(final, ignore_errors=True)
    writing.rename(final)
    for other in folder.iterdir():
        if other != final and not other.name.startswith(".writing-"):
            shutil.rmtree(other, ignore_errors=True)
    return final


def restore(folder: Path, arrows: ArrowTable) -> Snapshot:
    """The newest snapshot in `folder`. Raises `Unusable`. Whether its ledger is ours, the caller must check."""
    found = sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    if not found:
        raise Unusable("there is none")
    description = _description(found[-1])
    if description.get("format") != FORMAT:
        raise Unusable(f"its format is {description.get('format')!r}, ours is {FORMAT}")
    if description.get("arrows") != fingerprint(arrows):
        raise Unusable("it was made with other propagation rules")
    try:
        parts: dict[str, Any] = {name: _map_array(found[-1] / f"{name}.npy", description["arrays"][name]) for name in ARRAYS}
        parts |= {name: tuple(description["words"][name]) for name in WORD_FIELDS}
        graph = CompressedGraph(**parts)
        moment = str(description["fresh_as_of"])
        from_text(moment)
        return Snapshot(graph, int(description["revision"]), str(description["ledger_hash"]), moment)
    except (KeyError, TypeError, ValueError, OSError) as problem:
        raise Unusable(f"it is damaged: {problem}") from problem


def discard(folder: Path) -> None:
    """Remove all snapshots: one of them could not be used."""
    with suppress(OSError):
        shutil.rmtree(folder)


def _description(path: Path) -> Mapping[str, Any]:
    try:
        whole = json.loads((path / DESCRIPTION).read_bytes())
        description: Mapping[str, Any] = whole["description"]
        if digest(canonical_json(description)) != whole["digest"]:
            raise Unusable("its description does not have the digest it claims")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Unusable(f"its description cannot be read: {problem}") from problem
    return description


def _write_array(path: Path, array: Any) -> str:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return _digest(path)


def _map_array(path: Path, expected: str) -> Any:
    if _digest(path) != expected:
        raise Unusable(f"{path.name} does not have its digest")
    if path.stat().st_size < 4096:
        return np.load(path, allow_pickle=False)  # also the empty ones, which cannot be mapped
    # Copy on write: writable to the compiler (one type of array for all), yet pages stay shared because nobody writes to them.
    return np.load(path, mmap_mode="c", allow_pickle=False).view(np.ndarray)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

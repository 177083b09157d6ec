"""The room a version takes on disk, against a full copy of the estate, which is what a baseline costs where it is a copy.

An engine that runs has pages on disk that mean nothing yet and lacks others: sizes are taken after it was stopped in good order.
"""

import tempfile
from pathlib import Path

from benchmarks.baselines.estate import PIECE, Estate, child_of, id_of, running
from benchmarks.harness import Bench
from cmdb.store.statements import Statement

_COPY = Statement(
    "copy", "write", ("after", "upto"), ("done",),
    "MATCH (n:Item) WHERE n.id > $after AND n.id <= $upto CREATE (c:BaselineCopy) SET c = properties(n) RETURN count(c) AS done",
)  # fmt: skip
_VERSIONS = 4


def measure_storage(bench: Bench, engine: str, items: int) -> None:
    """Bytes for one version, and for a baseline after 1 % changed against a copy of all items."""
    with tempfile.TemporaryDirectory(prefix="cmdb-bench-", ignore_cleanup_errors=True) as name:
        folder, child = Path(name), child_of(engine, name)
        with running(child) as store:
            estate = Estate(store)
            estate.grow(items)
        first = _size(folder)
        with running(child) as store:
            estate = Estate(store, estate.size)
            for round_ in range(_VERSIONS):
                estate.change(range(items), f"version {round_}")
        second = _size(folder)
        with running(child) as store:
            for start in range(0, items, PIECE):
                part = {"after": id_of(start - 1) if start else "", "upto": id_of(min(start + PIECE, items) - 1)}
                store.write(lambda tx, part=part: tx.run(_COPY, **part))
        third = _size(folder)
    version, copy = (second - first) / (_VERSIONS * items), (third - second) / items
    bench.add(f"{engine}: disk for one version", version, "bytes")
    bench.ratio(
        f"{engine}: disk for a baseline of {items:,} items after 1 % changed, against a full copy", version * items / 100, copy * items,
        "bytes", note=f"a copied item takes {copy:,.0f} bytes (no index on it); the baseline itself is one record",
    )  # fmt: skip


def _size(folder: Path) -> int:
    """Bytes on disk, holes left out; logs that engines throw away are not data."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_blocks * 512 for path in files if not _is_log(path))


def _is_log(path: Path) -> bool:
    return path.suffix in (".wal", ".log") or "transactions" in path.parts

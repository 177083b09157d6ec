"""A backup that is not what was written is refused before anything is written (issue 5, "a truncated or altered backup")."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.archive.backup import backup
from cmdb.archive.errors import BackupDamaged
from cmdb.archive.format import read_lines, signature_fits
from cmdb.archive.inspection import inspect
from cmdb.archive.packing import HEADER
from cmdb.ledger.signing import load_key
from cmdb.store.bolt import BoltStore
from tests.support.backups import CLOCK, Saved, packed, refused_untouched, rewritten


@pytest.mark.parametrize("kept", [0, 1, 50, 0.5, 0.99, -1])
def test_a_truncated_backup_is_refused_before_anything_is_written(saved: Saved, store: BoltStore, kept: float) -> None:
    data = saved[0].read_bytes()
    end = int(kept) if kept >= 1 or kept <= 0 else int(len(data) * kept)
    saved[0].write_bytes(data[:end])
    refused_untouched(saved[0], store)


def test_every_altered_byte_is_noticed(saved: Saved) -> None:
    """A sample of bytes over the whole file, and all that begin and end its parts, each turned round."""
    data = saved[0].read_bytes()
    parts = [place for place in range(len(data)) if data.startswith(HEADER, place)]
    assert len(parts) > 1, "it has several parts, each with a header of its own"
    edges = {place + step for place in parts for step in range(-8, len(HEADER)) if place + step >= 0}
    for place in sorted({*range(0, len(data), 37), *edges}):
        saved[0].write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
        with pytest.raises(BackupDamaged):
            inspect(saved[0])


def test_packed_anew_it_is_another_file(saved: Saved, store: BoltStore) -> None:
    saved[0].write_bytes(gzip.compress(gzip.decompress(saved[0].read_bytes())))
    assert "packed anew" in refused_untouched(saved[0], store)


def test_what_follows_the_end_is_refused(saved: Saved, store: BoltStore) -> None:
    saved[0].write_bytes(saved[0].read_bytes() + packed(b'["n", {}]\n'))
    refused_untouched(saved[0], store)


@pytest.mark.parametrize("text", [b"", b"no backup", b"{}", b'["header", {"format": "cmdb-backup/9"}]\n', b'["section", "history"]\n'])
def test_another_file_is_refused(text: bytes, store: BoltStore, tmp_path: Path) -> None:
    for data in (text, gzip.compress(text), packed(text)):
        (tmp_path / "x").write_bytes(data)
        refused_untouched(tmp_path / "x", store)
    refused_untouched(tmp_path / "none", store)


def altered(kind: str, index: int, change: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    seen = [0]

    def apply(line: list[Any]) -> list[Any]:
        if line[0] == kind:
            seen[0] += 1
            if seen[0] == 2:
                line[index] = change(line[index])
        return line

    return apply


def nodes(which: str, **values: Any) -> Callable[[list[Any]], list[Any]]:
    """Changes nodes that have a property."""
    return lambda line: ["n", {**line[1], **values}] if line[0] == "n" and which in line[1] else line


FORGED: dict[str, tuple[Callable[[], Callable[[list[Any]], list[Any]]], str]] = {
    "a version's body": (lambda: altered("v", 8, lambda body: body.replace("db", "dc")), "does not have the hash"),
    "a version's type": (lambda: altered("v", 3, lambda _: "server"), "do not agree"),
    "a version's revision": (lambda: altered("v", 5, lambda _: 7), "do not agree"),
    "a commit's actor": (lambda: altered("c", 1, lambda commit: {**commit, "actor": "nobody"}), "does not have its hash"),
    "a commit's number": (lambda: altered("c", 1, lambda commit: {**commit, "seq": "2"}), "without number"),
    "the shape of a row": (lambda: altered("v", 0, lambda _: "x"), "is no row"),
    "a section of another program": (lambda: altered("section", 1, lambda _: "Other"), "does not know"),
    "the order of the history": (lambda: altered("v", 4, lambda _: 5), "does not stand behind it"),
    "a newer schema": (
        lambda: lambda line: ["header", {**line[1], "schema": "9999_x"}] if line[0] == "header" else line,
        "schema 9999_x",
    ),
    "a claim of an item there never was": (lambda: nodes("source", item_id="x"), "the history knows nothing"),
    "a user without a name": (lambda: nodes("password", name=None), "it has no name"),
    "two claims with one key": (lambda: nodes("source", key="a|test"), "there are two"),
    "a value no engine keeps": (lambda: nodes("password", roles={"a": 1}), "roles is not a value"),
    "a list of this and that": (lambda: nodes("password", roles=["a", 1]), "roles is a list"),
    "a number no engine keeps": (lambda: nodes("password", roles=2**63), "roles is not a value"),
    "a commit with more in it": (lambda: altered("c", 1, lambda commit: {**commit, "more": 1}), "other fields"),
    "the end of the history": (lambda: lambda line: ["trailer", {**line[1], "seq": 3}] if line[0] == "trailer" else line, "another end"),
}


@pytest.mark.parametrize("what", FORGED)
def test_who_makes_the_digests_fit_is_refused_by_the_chain(saved: Saved, store: BoltStore, what: str) -> None:
    change, said = FORGED[what]
    assert said in refused_untouched(rewritten(saved[0], change()), store)


def test_the_signature_covers_what_the_chain_does_not(saved: Saved, store: BoltStore, tmp_path: Path) -> None:
    key, other = load_key(tmp_path / "k", create=True), load_key(tmp_path / "o", create=True)
    path = tmp_path / "signed"
    backup(store, CLOCK, path, key)
    trailer = inspect(path).trailer
    assert signature_fits(trailer, key.public)
    assert not signature_fits(trailer, other.public)
    forged = rewritten(path, lambda line: ["n", {**line[1], "roles": ["administrator"]}] if line[0] == "n" and "roles" in line[1] else line)
    assert "signature is not that of the key it names" in refused_untouched(forged, store)
    assert not signature_fits(inspect(saved[0]).trailer, key.public), "the one without a signature"


def test_lines_are_told_on_the_way(saved: Saved) -> None:
    lines = list(read_lines(saved[0]))
    assert lines[0][1][0] == "header"
    assert lines[-1][1][0] == "trailer"
    assert [number for number, _ in lines] == list(range(1, len(lines) + 1))

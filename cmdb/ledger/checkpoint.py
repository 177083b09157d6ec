"""Checkpoints: what the ledger was at a commit, signed, to be kept where nobody who can write to the engine can reach it (requirement
9.1-19; design 6 "can be anchored outside").

A checkpoint says: the ledger whose first commit has the hash `ledger` had, at commit `seq` of time `time`, the chain hash `hash`. Because
each hash covers the one before, that one line pins the whole history up to it. The signature (Ed25519) covers the canonical JSON of all
other fields behind a prefix of its own, so that nothing else signed with the same key can pass for a checkpoint.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from cmdb.kernel.canonical import canonical_json
from cmdb.kernel.clock import Clock, from_text, to_text
from cmdb.kernel.errors import Conflict, InvalidInput
from cmdb.ledger.chain import Head, commit_fields, commit_hash
from cmdb.ledger.log import Log
from cmdb.ledger.signing import SigningKey, SigningKeyUnusable, signature_holds
from cmdb.store.protocol import Store

FORMAT = "cmdb-checkpoint/1"
_PREFIX = b"cmdb-checkpoint/1\n"
_HEX = frozenset("0123456789abcdef")
MOST_BYTES = 10_000_000
"""Of one file of checkpoints: some 20,000 of them."""


class CheckpointMalformed(InvalidInput):
    """The text is no checkpoint of ours."""

    code = "checkpoint-malformed"
    title = "This is no checkpoint"


class CheckpointSignatureWrong(InvalidInput):
    """The signature does not fit the checkpoint and the trusted key: it was altered, or another key made it."""

    code = "checkpoint-signature-wrong"
    title = "The signature of the checkpoint does not hold"


class CheckpointOfAnotherLedger(Conflict):
    """The checkpoint names another first commit than this ledger has: it is of another ledger, or this one was written anew from its
    first commit on."""

    code = "checkpoint-of-another-ledger"
    title = "The checkpoint is not of this ledger"


class CheckpointsContradict(Conflict):
    """Two checkpoints with good signatures cannot both be of one ledger: the history they were taken from was forked or rewritten."""

    code = "checkpoints-contradict"
    title = "Two checkpoints contradict each other"


class LedgerEmpty(Conflict):
    """There is no commit yet of which something could be said."""

    code = "ledger-empty"
    title = "The ledger has no commit yet"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint. `ledger` is the hash of the first commit, `key` the public key that made `signature`; times are ISO 8601 in UTC."""

    ledger: str
    seq: int
    hash: str
    time: str
    made_at: str
    key: str
    signature: str = ""

    def body(self) -> dict[str, Any]:
        """The document as it is exported."""
        return {"format": FORMAT, **asdict(self)}

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        body = self.body()
        del body["signature"]
        return _PREFIX + canonical_json(body)


def ledger_id(store: Store) -> str:
    """What tells one ledger from every other: the hash of its first commit, whose key is random. Raises `LedgerEmpty`."""
    found = Log(store).after(0, 1)
    if not found or found[0].seq != 1:
        raise LedgerEmpty("the ledger has no first commit; there is nothing to note down yet")
    return found[0].hash


def sign_head(store: Store, head: Head, key: SigningKey, clock: Clock) -> Checkpoint:
    """A signed checkpoint of `head`. The head's own commit is looked at first: what does not carry its hash is not signed.

    Raises `LedgerEmpty`, `CheckpointsContradict` where the head is not what its commit says (run `cmdb verify`).
    """
    ledger = ledger_id(store)
    commit = Log(store).commits([head.seq]).get(head.seq)
    if commit is None or (commit.hash, commit.time) != (head.hash, head.time) or commit_hash(commit_fields(commit)) != head.hash:
        raise CheckpointsContradict(
            f"the head of the ledger and commit {head.seq} do not agree; run `cmdb verify` before you sign anything"
        )
    plain = Checkpoint(ledger, head.seq, head.hash, head.time, to_text(clock()), key.public)
    return replace(plain, signature=key.sign(plain.signed_bytes()))


def parse_checkpoints(text: bytes, name: str = "the text", skipped: Callable[[str], None] | None = None) -> list[Checkpoint]:
    """The checkpoints of a document: one JSON object, a JSON array of them, or one a line. With `skipped` a line that holds none (the
    disk was full when it was written) is told there, and the others count; one good line there must be. Raises `CheckpointMalformed`."""
    if len(text) > MOST_BYTES:
        raise CheckpointMalformed(f"{name} has {len(text):,} bytes; a file of checkpoints has at most {MOST_BYTES:,}")
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_lines(text, name, skipped)
    found = [_parse(document, name) for document in (whole if isinstance(whole, list) else [whole])]
    if not found:
        raise CheckpointMalformed(f"{name} holds no checkpoint")
    return found


def _parse_lines(text: bytes, name: str, skipped: Callable[[str], None] | None) -> list[Checkpoint]:
    found, bad = list[Checkpoint](), list[CheckpointMalformed]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_parse(orjson.loads(line), f"{name}, line {number}"))
        except orjson.JSONDecodeError as problem:
            bad.append(CheckpointMalformed(f"{name}, line {number}: {problem}"))
        except CheckpointMalformed as problem:
            bad.append(problem)
    if bad and (skipped is None or not found):
        raise bad[0]
    if not found:
        raise CheckpointMalformed(f"{name} holds no checkpoint")
    for one in bad:
        assert skipped is not None
        skipped(one.detail)
    return found


def read_checkpoints(path: Path, skipped: Callable[[str], None] | None = None) -> list[Checkpoint]:
    """The checkpoints of a file, as `parse_checkpoints` takes them. Raises `CheckpointMalformed`."""
    try:
        text = path.read_bytes()
    except OSError as problem:
        raise CheckpointMalformed(f"{path} cannot be read: {problem.strerror}") from problem
    return parse_checkpoints(text, str(path), skipped)


def _parse(document: object, name: str) -> Checkpoint:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CheckpointMalformed(f"{name} holds something that does not say `format: {FORMAT}`")
    fields = {field: document.get(field) for field in Checkpoint.__slots__}
    unknown = sorted(document.keys() - fields.keys() - {"format"})
    if unknown:
        raise CheckpointMalformed(f"{name}: a checkpoint has no field {unknown[0]!r}")
    texts = {field: value for field, value in fields.items() if field != "seq"}
    wrong = [field for field, value in texts.items() if not isinstance(value, str) or len(value) > 200]
    if type(fields["seq"]) is not int or not 1 <= fields["seq"] < 2**62:
        wrong.append("seq")
    wrong += [field for field in ("ledger", "hash") if field not in wrong and not _is_digest(str(fields[field]))]
    wrong += [field for field in ("time", "made_at") if field not in wrong and not _is_time(str(fields[field]))]
    if wrong:
        raise CheckpointMalformed(f"{name}: {', '.join(wrong)} of a checkpoint is missing or not what it should be")
    return Checkpoint(**fields)  # type: ignore[arg-type]  # looked at above


def _is_digest(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text)


def _is_time(text: str) -> bool:
    try:
        return bool(from_text(text))
    except ValueError:
        return False


def check_signature(checkpoint: Checkpoint, trusted: str) -> None:
    """Raises `CheckpointSignatureWrong` unless the trusted public key made the checkpoint's signature."""
    if checkpoint.key != trusted:
        raise CheckpointSignatureWrong(
            f"the checkpoint of commit {checkpoint.seq} was signed with another key ({checkpoint.key}) than the trusted one ({trusted}); "
            "give the key you trust with --key",
            seq=checkpoint.seq,
        )
    try:
        holds = signature_holds(trusted, checkpoint.signature, checkpoint.signed_bytes())
    except SigningKeyUnusable as problem:
        raise CheckpointMalformed(problem.detail) from problem
    if not holds:
        raise CheckpointSignatureWrong(
            f"the checkpoint of commit {checkpoint.seq} was altered after it had been signed, or its signature was", seq=checkpoint.seq
        )


def noted(checkpoints: Sequence[Checkpoint], store: Store) -> Mapping[int, str]:
    """What checkpoints say, commit number -> hash, as `verify` takes it. Signatures are checked before.

    Raises `CheckpointOfAnotherLedger`, `CheckpointsContradict`. Where the ledger's first commit is gone, that is for `verify` to name.
    """
    found: dict[int, str] = {}
    first = Log(store).commits([1]).get(1)
    for one in checkpoints:
        if first is not None and one.ledger != first.hash:
            raise CheckpointOfAnotherLedger(
                f"the checkpoint of commit {one.seq} is of the ledger {one.ledger[:16]}..., this is {first.hash[:16]}...: "
                "another ledger, or one that was written anew from its first commit on",
                seq=one.seq,
            )
        if found.setdefault(one.seq, one.hash) != one.hash:
            raise CheckpointsContradict(f"two checkpoints say different things of commit {one.seq}", seq=one.seq)
    return found


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether the later checkpoint extends the earlier: `commits` lie between them; `problem` and `seq` say what does not fit."""

    holds: bool
    earlier: int
    later: int
    commits: int
    problem: str | None = None
    seq: int | None = None


def compare(store: Store, one: Checkpoint, other: Checkpoint) -> Consistency:
    """Walk the chain between two checkpoints: from the earlier's hash, link by link, it must arrive at the later's.

    Looks at commits only; what their versions hold is for `verify`. Signatures are checked before. Raises `CheckpointOfAnotherLedger`.
    """
    earlier, later = sorted((one, other), key=lambda each: each.seq)
    if earlier.ledger != later.ledger:
        raise CheckpointOfAnotherLedger(
            f"the two are of different ledgers: {earlier.ledger[:16]}... and {later.ledger[:16]}...", seq=later.seq
        )
    noted([earlier], store)
    problem, seq = _gap(store, earlier, later)
    return Consistency(problem is None, earlier.seq, later.seq, later.seq - earlier.seq, problem, seq)


def _gap(store: Store, earlier: Checkpoint, later: Checkpoint) -> tuple[str | None, int | None]:
    if earlier.seq == later.seq:
        same = earlier.hash == later.hash
        return (None, None) if same else (f"they name different hashes for commit {earlier.seq}", earlier.seq)
    log, place, previous = Log(store), earlier.seq, earlier.hash
    while place < later.seq:
        commits = log.after(place, min(1_000, later.seq - place))
        if not commits:
            return f"commit {place + 1} is missing in the ledger", place + 1
        for commit in commits:
            if commit.seq != place + 1:
                return f"commit {place + 1} is missing in the ledger", place + 1
            if commit.previous != previous:
                what = "the earlier checkpoint" if place == earlier.seq else f"commit {place}"
                return f"commit {commit.seq} does not continue {what}", commit.seq
            if commit_hash(commit_fields(commit)) != commit.hash:
                return f"what commit {commit.seq} says does not have its hash", commit.seq
            place, previous = commit.seq, commit.hash
    if previous != later.hash:
        return f"the chain arrives at another hash for commit {later.seq} than the later checkpoint names", later.seq
    return None, None

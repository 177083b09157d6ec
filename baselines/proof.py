"""Proofs of membership: a small JSON document that shows somebody outside that one item was in a baseline, given only its digest.

It holds the version's body, its leaf and the audit path. Whoever has the digest from a source they trust (the report that was filed, a
printed page) checks it without a CMDB: body -> hash -> leaf -> root. What else the document says of the baseline is for reading; the digest
does not cover it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from baselines.errors import BadProof
from baselines.leaves import Leaf, leaf_data
from baselines.membership import root_by_path
from baselines.model import Baseline
from cmdb.kernel.canonical import digest as sha256_hex

FORMAT = "cmdb-baseline-proof/1"
_LEAF = ("kind", "key", "hash")


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """Whether a proof holds, against which digest, of what; `problem` is one sentence where it does not."""

    holds: bool
    digest: str
    subject: str
    problem: str | None = None


def proof_of(baseline: Baseline, leaf: Leaf, body: str, index: int, size: int, path: list[bytes]) -> dict[str, Any]:
    """The document, as plain JSON."""
    return {
        "format": FORMAT,
        "baseline": {name: getattr(baseline, name) for name in ("id", "name", "purpose", "designation", "seq", "hash", "time")}
        | {"state": baseline.state.value, "scope": baseline.scope.body()},
        "digest": baseline.seal.digest if baseline.seal else None,
        "algorithm": "RFC 6962 Merkle tree with SHA-256; a leaf is `<kind> <key> <hash>` and a newline",
        "size": size,
        "index": index,
        "leaf": {"kind": leaf.kind.value, "key": leaf.key, "hash": leaf.hash},
        "body": body,
        "path": [one.hex() for one in path],
    }


def check_proof(proof: Mapping[str, Any], digest: str | None = None) -> ProofCheck:
    """Check a proof against `digest`, or against the one it names itself where none is given. Raises `BadProof` for what is none."""
    leaf, path = _parts(proof)
    wanted = (digest or str(proof["digest"])).strip().lower()
    subject = f"{leaf['kind']} {leaf['key']}"
    if digest is not None and str(proof["digest"]).lower() != wanted:
        return ProofCheck(False, wanted, subject, f"the proof is for the digest {proof['digest']}, not for the one given")
    if sha256_hex(proof["body"].encode()) != leaf["hash"]:
        return ProofCheck(False, wanted, subject, "the body does not have the hash of the leaf")
    if _named(proof["body"]) != leaf["key"].partition("@")[0]:
        return ProofCheck(False, wanted, subject, "the body is of something else than the leaf")
    root = root_by_path(leaf_data(leaf["kind"], leaf["key"], leaf["hash"]), proof["index"], proof["size"], path)
    if root is None or root.hex() != wanted:
        return ProofCheck(False, wanted, subject, "the path does not lead from the leaf to the digest")
    return ProofCheck(True, wanted, subject)


def _parts(proof: Mapping[str, Any]) -> tuple[Mapping[str, str], list[bytes]]:
    try:
        if proof["format"] != FORMAT:
            raise BadProof(f"this is a document of the format {str(proof['format'])[:60]!r}, not {FORMAT!r}")
        leaf, numbers, texts = proof["leaf"], (proof["index"], proof["size"]), (proof["body"], proof["digest"])
        whole = all(isinstance(one, int) and not isinstance(one, bool) for one in numbers)
        if not whole or not all(isinstance(one, str) for one in (*texts, *(leaf[name] for name in _LEAF))):
            raise BadProof("a part of the proof is of the wrong kind")
        path = [bytes.fromhex(one) for one in proof["path"]]
    except (KeyError, TypeError, ValueError) as problem:
        raise BadProof(f"a part of the proof is missing or malformed: {problem}") from problem
    if any(len(one) != 32 for one in path) or len(path) > 64:
        raise BadProof("the path of the proof is no list of at most 64 sha256 hashes")
    return leaf, path


def _named(body: str) -> str:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadProof("the body in the proof is no JSON") from problem
    return str(said.get("id")) if isinstance(said, dict) else ""

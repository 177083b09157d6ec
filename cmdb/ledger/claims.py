"""Claims beside the live graph: what each source says of each item (design 5). Not versioned: the effective values they lead to are.

A plan replaces a claim only if it is still the one the plan was made from: two edits of one item by hand, at once, must not lose the words
of one of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmdb.ledger.checks import QUERIES
from cmdb.ledger.errors import StalePlan
from cmdb.ledger.prepare import Row, claim_key, claim_row
from cmdb.model.plan import ClaimEdit
from cmdb.store.protocol import Transaction
from cmdb.store.statements import load


@dataclass(slots=True)
class ClaimRows:
    """Claims on new items (nothing of them can be there), claims on known items, keys to withdraw, and by key the stamps of those that the
    plan was made from."""

    created: list[Row] = field(default_factory=list)
    put: list[Row] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)


def claim_rows(claims: Sequence[ClaimEdit], new_items: Iterable[str], stamp: str) -> ClaimRows:
    """Sort a plan's claims; `stamp` will say of each that this write made it."""
    fresh = set(new_items)
    found = ClaimRows()
    seen: set[str] = set()
    for claim in claims:
        key = claim_key(claim.item_id, claim.source)
        known = claim.item_id not in fresh
        if known and claim.stamp is not None:
            found.expected[key] = claim.stamp
        if claim.withdraw:
            found.withdrawn.append(key)
            continue
        (found.put if known or key in seen else found.created).append(claim_row(claim, stamp))
        seen.add(key)
    return found


def write_claims(tx: Transaction, rows: ClaimRows) -> None:
    """Withdraw first: a claim that is withdrawn and put in one plan is put. Raises `StalePlan` (kind `claims`)."""
    _check(tx, rows.expected)
    if rows.withdrawn:
        tx.run(load(QUERIES, "remove_claims"), keys=rows.withdrawn)
    if rows.created:
        tx.run(load(QUERIES, "create_claims"), rows=rows.created)
    if rows.put:
        tx.run(load(QUERIES, "put_claims"), rows=rows.put)


def _check(tx: Transaction, expected: Mapping[str, str]) -> None:
    if not expected:
        return
    present = {row["key"]: row["stamp"] for row in tx.run(load(QUERIES, "read_claim_stamps"), keys=list(expected))}
    moved = [key for key, stamp in expected.items() if present.get(key, "") != stamp]
    if moved:
        raise StalePlan(
            f"{len(moved)} claims have changed in the meantime (first: {moved[0]}); read them again and repeat the edit",
            kind="claims",
            stale=[{"id": key, "expected": expected[key], "found": present.get(key, "")} for key in moved[:100]],
        )


def reopen_claims(tx: Transaction, bereft: Sequence[tuple[str, str]], stamp: str) -> None:
    """Neighbours of retired items: their claims that speak of one lose their digest and are looked at again."""
    if bereft:
        rows = [{"neighbour": neighbour, "retired": item} for neighbour, item in bereft]
        tx.run(load(QUERIES, "reopen_claims"), rows=rows, stamp=stamp)

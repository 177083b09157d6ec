"""Claims beside the live graph: what each source says of each item (design 5). Not versioned: the effective values they lead to are."""

from collections.abc import Iterable, Sequence

from cmdb.ledger.checks import QUERIES
from cmdb.ledger.prepare import Row, claim_key, claim_row
from cmdb.model.plan import ClaimEdit
from cmdb.store.protocol import Transaction
from cmdb.store.statements import load


def claim_rows(claims: Sequence[ClaimEdit], new_items: Iterable[str]) -> tuple[list[Row], list[Row], list[str]]:
    """Claims on new items (nothing of them can be there), claims on known items, and keys to withdraw."""
    fresh = set(new_items)
    created, put, withdrawn = [], [], []
    seen: set[str] = set()
    for claim in claims:
        if claim.withdraw:
            withdrawn.append(claim_key(claim.item_id, claim.source))
            continue
        row = claim_row(claim)
        if claim.item_id in fresh and row["key"] not in seen:
            created.append(row)
        else:
            put.append(row)
        seen.add(row["key"])
    return created, put, withdrawn


def write_claims(tx: Transaction, created: list[Row], put: list[Row], withdrawn: list[str]) -> None:
    """Withdraw first: a claim that is withdrawn and put in one plan is put."""
    if withdrawn:
        tx.run(load(QUERIES, "remove_claims"), keys=withdrawn)
    if created:
        tx.run(load(QUERIES, "create_claims"), rows=created)
    if put:
        tx.run(load(QUERIES, "put_claims"), rows=put)


def reopen_claims(tx: Transaction, bereft: Sequence[tuple[str, str]]) -> None:
    """Neighbours of retired items: their claims that speak of one lose their digest and are looked at again."""
    if bereft:
        tx.run(load(QUERIES, "reopen_claims"), rows=[{"neighbour": neighbour, "retired": item} for neighbour, item in bereft])

"""A second process for scenario 60: commits N times on the ledger's head, each in the writer's place, and prints how many attempts it took.

Arguments: address file, lock file, N.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cmdb.store.address import read_address
from cmdb.store.connect import open_address
from cmdb.store.protocol import Transaction
from tests.support.cypher import writing

LOCK = writing("MATCH (h:LedgerHead {id: 'head'}) SET h.locked = $by RETURN h.seq AS seq")
ADVANCE = writing("MATCH (h:LedgerHead {id: 'head'}) SET h.seq = $seq CREATE (:Commit {seq: $seq, actor: $by})")


def main(address_file: str, lock_file: str, count: str) -> None:
    """Commit `count` times."""
    address = read_address(Path(address_file))
    assert address is not None
    store = open_address(address, writer_lock_file=Path(lock_file))
    attempts = 0

    def work(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        seq = int(tx.run(LOCK, by="x")[0]["seq"]) + 1
        tx.run(ADVANCE, seq=seq, by="x")

    for _ in range(int(count)):
        with store.writing():
            store.write(work)
    store.close()
    print(f"{attempts} attempts")


if __name__ == "__main__":
    main(*sys.argv[1:])

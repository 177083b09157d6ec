// mode: write
// params: seq, hash, time
// returns: none
// The head comes last: before it nothing can be committed on top of a part of a ledger.
CREATE (h:LedgerHead {id: 'head', seq: $seq, hash: $hash, time: $time})
WITH h
MATCH (r:Restore {id: 'restore'})
DELETE r

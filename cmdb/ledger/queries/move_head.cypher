// mode: write
// params: seq, hash, time
// returns: none
MATCH (h:LedgerHead {id: 'head'})
SET h.seq = $seq, h.hash = $hash, h.time = $time

// mode: write
// params: key
// returns: seq
// Takes the head's lock, so that no commit is made until the transaction ends.
MATCH (h:LedgerHead {id: 'head'})
SET h.writer = $key
RETURN h.seq AS seq

// mode: read
// params: none
// returns: seq, hash, time
MATCH (h:LedgerHead {id: 'head'})
RETURN h.seq AS seq, h.hash AS hash, h.time AS time

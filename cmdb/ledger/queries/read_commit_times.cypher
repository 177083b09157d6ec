// mode: read
// params: seqs
// returns: seq, time
UNWIND $seqs AS seq
MATCH (c:Commit {seq: seq})
RETURN seq, c.time AS time

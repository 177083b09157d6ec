// mode: read
// params: seqs
// returns: commit
UNWIND $seqs AS seq
MATCH (c:Commit {seq: seq})
RETURN properties(c) AS commit

// mode: read
// params: seq
// returns: hash
MATCH (c:Commit {seq: $seq})
RETURN c.hash AS hash

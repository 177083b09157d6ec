// mode: read
// params: time
// returns: seq
MATCH (c:Commit)
WHERE c.time <= $time
RETURN max(c.seq) AS seq

// mode: read
// params: after, until
// returns: commit
MATCH (c:Commit)
WHERE c.seq > $after AND c.seq <= $until
RETURN properties(c) AS commit
ORDER BY c.seq

// mode: read
// params: head
// returns: name, seq
// Commits or versions whose number no commit up to the head can have.
MATCH (v:{{label}})
WHERE v.seq IS NULL OR v.seq < 1 OR v.seq > $head
RETURN coalesce(v.key, '') AS name, v.seq AS seq
ORDER BY seq
LIMIT 100

// mode: read
// params: head
// returns: name, seq
// Commits or versions whose number no commit up to the head can have: too low, too high, or not a whole number at all.
MATCH (v:{{label}})
WHERE v.seq IS NULL OR v.seq < 1 OR v.seq > $head OR v.seq <> toInteger(v.seq)
RETURN coalesce(v.key, '') AS name, v.seq AS seq
ORDER BY seq
LIMIT 100

// mode: read
// params: seq
// returns: total
MATCH (v:{{label}})
WHERE v.purged = $seq
RETURN count(v) AS total

// mode: read
// params: none
// returns: total
MATCH (n:{{label}})
WHERE n.id IS NULL
RETURN count(n) AS total

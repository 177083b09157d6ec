// mode: read
// params: none
// returns: total
MATCH (n:{{label}})
RETURN count(n) AS total

// mode: read
// params: none
// returns: label
MATCH (n)
WHERE NOT n:Migration
RETURN labels(n)[0] AS label
LIMIT 1

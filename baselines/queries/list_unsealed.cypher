// mode: read
// params: first
// returns: id
MATCH (r:Record)
WHERE r.kind = 'baseline' AND r.sealed = false
RETURN r.id AS id
ORDER BY r.taken_at
LIMIT $first

// mode: read
// params: first
// returns: id, taken_at
MATCH (r:Record)
WHERE r.kind = 'baseline' AND r.sealed = false
RETURN r.id AS id, r.taken_at AS taken_at
ORDER BY taken_at, id
LIMIT $first

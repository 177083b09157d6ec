// mode: read
// params: id, before, limit
// returns: version
MATCH (v:{{label}} {subject_id: $id})
WHERE v.seq < $before
RETURN properties(v) AS version
ORDER BY v.seq DESC
LIMIT $limit

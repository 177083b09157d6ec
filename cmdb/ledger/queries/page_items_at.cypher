// mode: read
// params: seq, types, all, parts, after, limit
// returns: id, seq, until, hash, body
// `parts` are texts that the canonical body of every match contains; exact comparison follows in the caller.
MATCH (v:ItemVersion)
WHERE v.subject_id > $after AND v.seq <= $seq AND v.until > $seq AND NOT v.retired AND ($all OR v.type IN $types) AND all(part IN $parts WHERE v.body CONTAINS part)
RETURN v.subject_id AS id, v.seq AS seq, v.until AS until, v.hash AS hash, v.body AS body
ORDER BY v.subject_id
LIMIT $limit

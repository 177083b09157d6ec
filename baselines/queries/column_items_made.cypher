// mode: read
// params: first, last, seq, types, all
// returns: subject_id, type, seq, hash
// Item versions that commits first to last made and that were live after commit seq. The range comes first, alone: it is what the index answers.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v
WHERE v.until > $seq AND NOT v.retired AND ($all OR v.type IN $types)
RETURN collect(v.subject_id) AS subject_id, collect(v.type) AS type, collect(v.seq) AS seq, collect(v.hash) AS hash

// mode: read
// params: first, last, seq
// returns: subject_id, source, target, seq, hash
MATCH (v:RelationVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v
WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS subject_id, collect(v.source) AS source, collect(v.target) AS target, collect(v.seq) AS seq, collect(v.hash) AS hash

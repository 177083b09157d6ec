// mode: read
// params: first, last
// returns: key, subject_id, type, seq, until, revision, retired, hash, body
MATCH (v:{{label}})
WHERE v.seq >= $first AND v.seq <= $last
RETURN collect(v.key) AS key, collect(v.subject_id) AS subject_id, collect(v.type) AS type, collect(v.seq) AS seq, collect(v.until) AS until, collect(v.revision) AS revision, collect(v.retired) AS retired, collect(v.hash) AS hash, collect(v.body) AS body

// mode: read
// params: ids, at
// returns: id, revision, retired, body
// Retired states too: who asks wants to know whether a subject had lived before.
UNWIND $ids AS id
MATCH (v:{{label}} {subject_id: id})
WHERE v.seq <= $at AND v.until > $at
RETURN collect(v.subject_id) AS id, collect(v.revision) AS revision, collect(v.retired) AS retired, collect(v.body) AS body

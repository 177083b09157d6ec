// mode: read
// params: ids, open
// returns: id, revision, seq, retired
UNWIND $ids AS id
MATCH (v:{{label}} {subject_id: id})
WHERE v.until = $open
RETURN v.subject_id AS id, v.revision AS revision, v.seq AS seq, v.retired AS retired

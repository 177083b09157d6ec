// mode: read
// params: ids, first, last
// returns: id, seq, retired, body
UNWIND $ids AS id
MATCH (v:{{label}} {subject_id: id})
WHERE v.seq >= $first AND v.seq <= $last
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.retired) AS retired, collect(v.body) AS body

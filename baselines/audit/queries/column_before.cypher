// mode: read
// params: rows
// returns: id, seq, body
// The versions that were replaced by the commits named: rows are `{id, seq}`.
UNWIND $rows AS r
MATCH (v:{{label}} {subject_id: r.id})
WHERE v.until = r.seq
RETURN collect(r.id) AS id, collect(r.seq) AS seq, collect(v.body) AS body

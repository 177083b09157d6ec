// mode: read
// params: seq
// returns: id, revision
MATCH (v:{{label}} {seq: $seq})
RETURN v.subject_id AS id, v.revision AS revision

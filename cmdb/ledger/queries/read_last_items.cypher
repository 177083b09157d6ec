// mode: read
// params: ids, open
// returns: id, type, body
// The newest version of each, of retired items too.
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WHERE v.until = $open
RETURN v.subject_id AS id, v.type AS type, v.body AS body

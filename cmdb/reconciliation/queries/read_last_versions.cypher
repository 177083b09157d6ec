// mode: read
// params: ids, open
// returns: body
UNWIND $ids AS wanted
MATCH (v:ItemVersion {subject_id: wanted})
WHERE v.until = $open
RETURN v.body AS body

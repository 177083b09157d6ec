// mode: read
// params: ids, open
// returns: id, type
// An item keeps its type for ever (decision 0043), so any version of it will do; the newest is there for every one.
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WHERE v.until = $open
RETURN collect(v.subject_id) AS id, collect(v.type) AS type

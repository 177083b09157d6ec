// mode: read
// params: ids, seq
// returns: id, type
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WHERE v.seq <= $seq AND v.until > $seq
RETURN v.subject_id AS id, v.type AS type

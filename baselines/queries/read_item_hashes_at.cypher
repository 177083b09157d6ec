// mode: read
// params: ids, seq
// returns: id, type, seq, hash
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.subject_id AS id, v.type AS type, v.seq AS seq, v.hash AS hash

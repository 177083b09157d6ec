// mode: read
// params: ids, seq
// returns: seq, until, hash, body
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.seq AS seq, v.until AS until, v.hash AS hash, v.body AS body

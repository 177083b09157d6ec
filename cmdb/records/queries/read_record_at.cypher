// mode: read
// params: id, seq
// returns: seq, revision, hash, body
MATCH (v:RecordVersion {subject_id: $id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.seq AS seq, v.revision AS revision, v.hash AS hash, v.body AS body

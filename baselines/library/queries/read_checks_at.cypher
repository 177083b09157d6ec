// mode: read
// params: ids, seq
// returns: body, revision
UNWIND $ids AS id
MATCH (v:RecordVersion {subject_id: id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.body AS body, v.revision AS revision

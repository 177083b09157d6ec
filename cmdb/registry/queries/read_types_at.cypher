// mode: read
// params: seq
// returns: id, body
// Every definition, and the registry record, as they were after commit `seq`.
MATCH (v:TypeVersion)
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.subject_id AS id, v.body AS body

// mode: read
// params: seq
// returns: kind, body
MATCH (v:TypeVersion)
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.type AS kind, v.body AS body

// mode: read
// params: seq
// returns: type, total
MATCH (v:ItemVersion)
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.type AS type, count(v) AS total

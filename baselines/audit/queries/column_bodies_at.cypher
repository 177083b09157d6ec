// mode: read
// params: first, last, seq
// returns: body
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.body) AS body

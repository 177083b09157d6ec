// mode: read
// params: first, last, seq
// returns: type, source, target
MATCH (v:RelationVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.type) AS type, collect(v.source) AS source, collect(v.target) AS target

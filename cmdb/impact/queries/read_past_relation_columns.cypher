// mode: read
// params: place, last, seq, types
// returns: source, target, type, made, body
// Relationships of these types live after commit `seq` that leave the items of a window of ids, in no order.
MATCH (v:RelationVersion)
WHERE v.source > $place AND v.source <= $last AND v.seq <= $seq AND v.until > $seq AND NOT v.retired AND v.type IN $types
RETURN collect(v.source) AS source, collect(v.target) AS target, collect(v.type) AS type, collect(v.seq) AS made, collect(v.body) AS body

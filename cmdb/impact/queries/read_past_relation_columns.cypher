// mode: read
// params: first, last, seq, types
// returns: source, target, type, made, body
// Versions of relationships of these types, made by commits `first` to `last`, that were live after commit `seq`, in no order.
MATCH (v:RelationVersion)
WHERE v.seq >= $first AND v.seq <= $last AND v.until > $seq AND NOT v.retired AND v.type IN $types
RETURN collect(v.source) AS source, collect(v.target) AS target, collect(v.type) AS type, collect(v.seq) AS made, collect(v.body) AS body

// mode: read
// params: ids, types, seq
// returns: id
UNWIND $ids AS id
MATCH (v:RelationVersion {source: id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired AND v.type IN $types
RETURN DISTINCT v.target AS id

// mode: read
// params: ids
// returns: item_id, source, scope, ref, fields, relations, digest, seen_at, stamp
UNWIND $ids AS wanted
MATCH (c:Claim {item_id: wanted})
RETURN collect(c.item_id) AS item_id, collect(c.source) AS source, collect(c.scope) AS scope, collect(c.ref) AS ref, collect(c.fields) AS fields, collect(c.relations) AS relations, collect(coalesce(c.digest, '')) AS digest, collect(c.seen_at) AS seen_at, collect(coalesce(c.stamp, '')) AS stamp

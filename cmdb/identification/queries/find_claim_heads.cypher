// mode: read
// params: keys
// returns: item_id, ref, scope, digest, seen_at
// Claims on live items only: what was said of a retired item no longer counts.
UNWIND $keys AS wanted
MATCH (c:Claim {key: wanted})
MATCH (n:Item {id: c.item_id})
RETURN collect(n.id) AS item_id, collect(c.ref) AS ref, collect(c.scope) AS scope, collect(coalesce(c.digest, '')) AS digest, collect(c.seen_at) AS seen_at

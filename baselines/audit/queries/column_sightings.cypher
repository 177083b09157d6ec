// mode: read
// params: ids
// returns: item, source, seen_at
UNWIND $ids AS id
MATCH (c:Claim {item_id: id})
RETURN collect(c.item_id) AS item, collect(c.source) AS source, collect(coalesce(c.seen_at, '')) AS seen_at

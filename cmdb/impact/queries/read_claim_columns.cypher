// mode: read
// params: lowest, highest
// returns: item, source, seen_at
MATCH (c:Claim)
WHERE c.item_id >= $lowest AND c.item_id <= $highest
RETURN collect(c.item_id) AS item, collect(c.source) AS source, collect(coalesce(c.seen_at, '')) AS seen_at

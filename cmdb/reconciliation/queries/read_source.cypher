// mode: read
// params: source
// returns: item_id
MATCH (c:Claim {source: $source})
RETURN collect(c.item_id) AS item_id

// mode: read
// params: none
// returns: key, item_id
// Only where their number does not fit: names those that belong to no item.
MATCH (n:{{label}})
RETURN collect(coalesce(n.key, '')) AS key, collect(coalesce(n.item_id, '')) AS item_id

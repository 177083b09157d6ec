// mode: read
// params: ids
// returns: item_id
UNWIND $ids AS wanted
MATCH (c:Claim {item_id: wanted})
RETURN collect(c.item_id) AS item_id

// mode: read
// params: ids
// returns: key, item_id
UNWIND $ids AS wanted
MATCH (i:Identifier {item_id: wanted})
RETURN collect(i.key) AS key, collect(i.item_id) AS item_id

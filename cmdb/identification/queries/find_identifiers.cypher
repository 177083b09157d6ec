// mode: read
// params: keys
// returns: key, item_id
UNWIND $keys AS wanted
MATCH (i:Identifier {key: wanted})
RETURN collect(i.key) AS key, collect(i.item_id) AS item_id

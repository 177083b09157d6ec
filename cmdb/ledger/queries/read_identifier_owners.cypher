// mode: read
// params: keys
// returns: key, item_id
UNWIND $keys AS key
MATCH (i:Identifier {key: key})
RETURN i.key AS key, i.item_id AS item_id

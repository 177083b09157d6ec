// mode: read
// params: ids
// returns: item_id, key
UNWIND $ids AS id
MATCH (i:{{label}} {item_id: id})
RETURN i.item_id AS item_id, i.key AS key

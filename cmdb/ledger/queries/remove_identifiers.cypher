// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
MATCH (i:{{label}} {key: r.key})
WHERE i.item_id = r.item_id
DETACH DELETE i

// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
CREATE (i:{{label}} {key: r.key, item_id: r.item_id})

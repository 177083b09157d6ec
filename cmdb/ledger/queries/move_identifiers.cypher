// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
MATCH (i:Identifier {key: r.key})
SET i.item_id = r.item_id

// mode: read
// params: ids
// returns: key, item_id
UNWIND $ids AS wanted
MATCH (i:{{label}} {item_id: wanted})
RETURN collect(coalesce(i.key, '')) AS key, collect(wanted) AS item_id

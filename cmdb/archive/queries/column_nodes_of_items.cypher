// mode: read
// params: ids
// returns: properties
UNWIND $ids AS wanted
MATCH (n:{{label}} {item_id: wanted})
RETURN collect(properties(n)) AS properties

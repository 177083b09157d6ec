// mode: read
// params: ids
// returns: id, properties
UNWIND $ids AS wanted
MATCH (n:Item {id: wanted})
RETURN collect(wanted) AS id, collect(properties(n)) AS properties

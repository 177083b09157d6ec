// mode: read
// params: ids
// returns: properties
UNWIND $ids AS wanted
MATCH (n:Item {id: wanted})
RETURN properties(n) AS properties

// mode: read
// params: ids
// returns: properties
UNWIND $ids AS id
MATCH (n:Item {id: id})
RETURN properties(n) AS properties

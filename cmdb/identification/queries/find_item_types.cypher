// mode: read
// params: ids
// returns: id, type
UNWIND $ids AS wanted
MATCH (n:Item {id: wanted})
RETURN collect(n.id) AS id, collect(n.type) AS type

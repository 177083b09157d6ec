// mode: read
// params: ids
// returns: id, name
// Names alone: a list of what is affected needs no more of its items.
UNWIND $ids AS id
MATCH (n:Item {id: id})
RETURN collect(n.id) AS id, collect(n.name) AS name

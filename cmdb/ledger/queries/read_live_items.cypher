// mode: read
// params: ids
// returns: id, revision, seq, created, hash
UNWIND $ids AS id
MATCH (n:Item {id: id})
RETURN n.id AS id, n.revision AS revision, n._seq AS seq, n._created AS created

// mode: read
// params: id
// returns: revision
MATCH (r:Record {id: $id})
RETURN r.revision AS revision

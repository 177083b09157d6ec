// mode: read
// params: ids
// returns: body, revision
UNWIND $ids AS wanted
MATCH (r:Record {id: wanted})
RETURN r.body AS body, r.revision AS revision

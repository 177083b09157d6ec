// mode: read
// params: kind, ids
// returns: id, revision, seq, hash, body
UNWIND $ids AS id
MATCH (n:Record {id: id})
WHERE n.kind = $kind
RETURN n.id AS id, n.revision AS revision, n._seq AS seq, n._hash AS hash, n.body AS body

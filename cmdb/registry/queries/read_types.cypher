// mode: read
// params: kinds
// returns: id, kind, revision, body
MATCH (r:Record)
WHERE r.kind IN $kinds
RETURN r.id AS id, r.kind AS kind, r.revision AS revision, r.body AS body

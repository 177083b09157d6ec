// mode: read
// params: digest
// returns: id, name, roles, source, user, created, created_by, expires, revoked, revoked_by, last_used
MATCH (t:Token {digest: $digest})
RETURN t.id AS id, t.name AS name, t.roles AS roles, t.source AS source, t.user AS user, t.created AS created,
  t.created_by AS created_by, t.expires AS expires, t.revoked AS revoked, t.revoked_by AS revoked_by, t.last_used AS last_used

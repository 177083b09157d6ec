// mode: write
// params: id, digest, name, roles, source, user, created, created_by, expires
// returns: id
CREATE (t:Token {id: $id, digest: $digest, name: $name, roles: $roles, source: $source, user: $user, created: $created,
  created_by: $created_by, expires: $expires, revoked: '', revoked_by: '', last_used: ''})
RETURN t.id AS id

// mode: read
// params: name
// returns: name, roles, password, disabled, created
MATCH (u:User {name: $name})
RETURN u.name AS name, u.roles AS roles, u.password AS password, u.disabled AS disabled, u.created AS created

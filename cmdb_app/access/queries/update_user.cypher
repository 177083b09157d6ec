// mode: write
// params: name, roles, password, disabled
// returns: name
MATCH (u:User {name: $name})
SET u.roles = $roles, u.password = $password, u.disabled = $disabled
RETURN u.name AS name

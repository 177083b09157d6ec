// mode: write
// params: name, roles, password, created
// returns: name
CREATE (u:User {name: $name, roles: $roles, password: $password, disabled: false, created: $created})
RETURN u.name AS name

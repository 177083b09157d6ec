// mode: read
// params: none
// returns: name, roles, password, disabled, created
MATCH (u:User)
RETURN u.name AS name, u.roles AS roles, u.password AS password, u.disabled AS disabled, u.created AS created
ORDER BY name

// mode: read
// params: key
// returns: until
MATCH (v:{{label}} {key: $key})
RETURN v.until AS until

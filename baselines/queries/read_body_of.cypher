// mode: read
// params: key
// returns: body
MATCH (v:{{label}} {key: $key})
RETURN v.body AS body

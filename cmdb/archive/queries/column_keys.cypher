// mode: read
// params: none
// returns: key
MATCH (n:{{label}})
RETURN collect(n.{{key}}) AS key

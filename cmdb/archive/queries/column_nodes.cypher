// mode: read
// params: keys
// returns: properties
UNWIND $keys AS wanted
MATCH (n:{{label}} {{{key}}: wanted})
RETURN collect(properties(n)) AS properties

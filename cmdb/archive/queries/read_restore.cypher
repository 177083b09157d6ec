// mode: read
// params: none
// returns: digest, phase, line
MATCH (r:Restore {id: 'restore'})
RETURN r.digest AS digest, r.phase AS phase, r.line AS line

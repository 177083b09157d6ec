// mode: write
// params: phase, line
// returns: none
MATCH (r:Restore {id: 'restore'})
SET r.phase = $phase, r.line = $line

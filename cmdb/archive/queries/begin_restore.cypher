// mode: write
// params: digest
// returns: none
MERGE (r:Restore {id: 'restore'})
ON CREATE SET r.digest = $digest, r.phase = 1, r.line = 0

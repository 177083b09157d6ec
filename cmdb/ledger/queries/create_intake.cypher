// mode: write
// params: key, digest, outcome, seq, time
// returns: none
CREATE (i:Intake {key: $key})
SET i.digest = $digest, i.outcome = $outcome, i.seq = $seq, i.time = $time

// mode: read
// params: key
// returns: key, digest, outcome, seq, time
MATCH (i:Intake {key: $key})
RETURN i.key AS key, i.digest AS digest, i.outcome AS outcome, i.seq AS seq, i.time AS time

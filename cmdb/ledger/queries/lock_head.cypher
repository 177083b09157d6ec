// mode: write
// params: key, zero
// returns: seq, hash, time, known, digest, intake_seq, intake_time, last_hash, last_time
// The SET takes the head's lock before its number is read: everything after it in the transaction is alone.
MERGE (h:LedgerHead {id: 'head'})
ON CREATE SET h.seq = 0, h.hash = $zero, h.time = ''
SET h.writer = $key
WITH h
OPTIONAL MATCH (i:Intake {key: $key})
OPTIONAL MATCH (c:Commit {seq: h.seq})
RETURN h.seq AS seq, h.hash AS hash, h.time AS time, i.key IS NOT NULL AS known, i.digest AS digest, i.seq AS intake_seq, i.time AS intake_time,
    c.hash AS last_hash, c.time AS last_time

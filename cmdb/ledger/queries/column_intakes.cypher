// mode: read
// params: keys
// returns: key, seq, time
UNWIND $keys AS wanted
MATCH (i:Intake {key: wanted})
RETURN collect(wanted) AS key, collect(coalesce(i.seq, 0)) AS seq, collect(coalesce(i.time, '')) AS time

// mode: read
// params: none
// returns: key, seq
// Only where their number does not fit: names those that no commit knows.
MATCH (i:Intake)
WHERE i.seq IS NOT NULL
RETURN collect(coalesce(i.key, '')) AS key, collect(i.seq) AS seq

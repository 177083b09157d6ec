// mode: read
// params: none
// returns: total
MATCH (i:Intake)
WHERE i.seq IS NOT NULL
RETURN count(i) AS total

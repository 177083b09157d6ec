// mode: write
// params: now
// returns: none
MATCH (s:Session)
WHERE s.expires < $now
DELETE s

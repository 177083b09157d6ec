// mode: write
// params: now
// returns: none
MATCH (l:SignInLink)
WHERE l.expires < $now
DELETE l

// mode: write
// params: user
// returns: none
MATCH (s:Session {user: $user})
DELETE s

// mode: write
// params: digest
// returns: none
MATCH (s:Session {digest: $digest})
DELETE s

// mode: read
// params: digest
// returns: user, created, expires
MATCH (s:Session {digest: $digest})
RETURN s.user AS user, s.created AS created, s.expires AS expires

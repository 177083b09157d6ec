// mode: write
// params: digest, user, created, expires
// returns: user
CREATE (s:Session {digest: $digest, user: $user, created: $created, expires: $expires})
RETURN s.user AS user

// mode: write
// params: digest, user, expires
// returns: user
CREATE (l:SignInLink {digest: $digest, user: $user, expires: $expires, used: false})
RETURN l.user AS user

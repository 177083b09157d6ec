// mode: write
// params: digest
// returns: user, expires
MATCH (l:SignInLink {digest: $digest})
WHERE l.used = false
SET l.used = true
RETURN l.user AS user, l.expires AS expires

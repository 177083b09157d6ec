// mode: write
// params: holder, until
// returns: none
MATCH (m:Migration {name: 'lock'})
SET m.holder = $holder, m.until = $until

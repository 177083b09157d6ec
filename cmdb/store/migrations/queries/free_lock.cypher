// mode: write
// params: holder
// returns: none
MATCH (m:Migration {name: 'lock'}) WHERE m.holder = $holder
REMOVE m.holder, m.until

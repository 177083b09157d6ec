// Takes the engine's lock on the lock node, and only then reads who holds ours: reading first would let a stale holder be written back.
// mode: write
// params: asker
// returns: holder, until
MERGE (m:Migration {name: 'lock'})
SET m.asker = $asker
RETURN m.holder AS holder, m.until AS until

// Takes the lock where it is free or its holder's time is over. Times are ISO 8601 text in UTC.
// mode: write
// params: holder, now, until
// returns: holder
MERGE (m:Migration {name: 'lock'})
WITH m, CASE WHEN m.holder IS NULL OR m.until < $now OR m.holder = $holder THEN $holder ELSE m.holder END AS holder
SET m.until = CASE WHEN holder = $holder THEN $until ELSE m.until END, m.holder = holder
RETURN m.holder AS holder

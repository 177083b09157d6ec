// mode: write
// params: name, checksum, time
// returns: none
MERGE (m:Migration {name: $name})
SET m.checksum = $checksum, m.applied_at = $time

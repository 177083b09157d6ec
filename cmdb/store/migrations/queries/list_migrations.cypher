// mode: read
// params: none
// returns: name, checksum
MATCH (m:Migration) WHERE m.name <> 'lock' RETURN m.name AS name, m.checksum AS checksum ORDER BY name

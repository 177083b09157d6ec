// mode: write
// params: id, last_used
// returns: id
MATCH (t:Token {id: $id})
SET t.last_used = $last_used
RETURN t.id AS id

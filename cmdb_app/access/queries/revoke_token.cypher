// mode: write
// params: id, revoked, revoked_by
// returns: id
MATCH (t:Token {id: $id})
SET t.revoked_by = CASE WHEN t.revoked = '' THEN $revoked_by ELSE t.revoked_by END,
    t.revoked = CASE WHEN t.revoked = '' THEN $revoked ELSE t.revoked END
RETURN t.id AS id

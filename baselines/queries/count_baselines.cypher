// mode: read
// params: states, scopes, name
// returns: total
MATCH (r:Record)
WHERE r.kind = 'baseline' AND r.state IN $states AND r.scope_kind IN $scopes AND r.folded CONTAINS $name
RETURN count(r) AS total

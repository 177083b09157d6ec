// mode: read
// params: states, opened_at, after, first
// returns: body, revision
MATCH (r:Record {kind: 'held_plan'})
WHERE r.state IN $states AND (r.opened_at > $opened_at OR (r.opened_at = $opened_at AND r.id > $after))
RETURN r.body AS body, r.revision AS revision
ORDER BY r.opened_at, r.id
LIMIT $first

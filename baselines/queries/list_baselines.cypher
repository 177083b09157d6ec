// mode: read
// params: states, scopes, name, taken_at, after, first
// returns: id, revision, body
// Newest first; `taken_at` and `after` are those of the last one seen.
MATCH (r:Record)
WHERE r.kind = 'baseline' AND r.state IN $states AND r.scope_kind IN $scopes AND r.folded CONTAINS $name AND (r.taken_at < $taken_at OR (r.taken_at = $taken_at AND r.id < $after))
RETURN r.id AS id, r.revision AS revision, r.body AS body
ORDER BY r.taken_at DESC, r.id DESC
LIMIT $first

// mode: read
// params: kind, names, values, after, first
// returns: id, revision, seq, hash, body
// names[i] is an indexed property that must equal values[i].
MATCH (n:Record)
WHERE n.kind = $kind AND n.id > $after AND all(i IN range(0, size($names) - 1) WHERE n[$names[i]] = $values[i])
RETURN n.id AS id, n.revision AS revision, n._seq AS seq, n._hash AS hash, n.body AS body
ORDER BY n.id
LIMIT $first

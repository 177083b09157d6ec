// mode: read
// params: first, last, types
// returns: id, seq, type, source, target, body
// Versions of relationships of some types made by commits `first` to `last`.
MATCH (v:RelationVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.type IN $types
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.type) AS type, collect(v.source) AS source, collect(v.target) AS target, collect(v.body) AS body

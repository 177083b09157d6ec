// mode: read
// params: first, last, types
// returns: id, seq, type, source, target, body
// Versions of relationships of some types made by commits `first` to `last`.
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:RelationVersion {seq: made})
WHERE v.type IN $types
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.type) AS type, collect(v.source) AS source, collect(v.target) AS target, collect(v.body) AS body

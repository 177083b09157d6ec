// mode: read
// params: first, last
// returns: id, seq, type, retired, body
// Versions of items made by commits `first` to `last`.
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:ItemVersion {seq: made})
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.type) AS type, collect(v.retired) AS retired, collect(v.body) AS body

// mode: read
// params: first, last
// returns: id, seq, type, retired, body
// Versions of items made by commits `first` to `last`.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.type) AS type, collect(v.retired) AS retired, collect(v.body) AS body

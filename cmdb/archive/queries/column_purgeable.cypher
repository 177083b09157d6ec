// mode: read
// params: first, last, horizon, open
// returns: key, subject_id, type, seq, until, retired, hash, source, target
// Versions of a range of commits that were replaced before the horizon, or are the last of what was retired before it; not purged yet.
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:{{label}} {seq: made})
WHERE v.body <> '' AND (v.until <= $horizon OR (v.until = $open AND v.retired AND v.seq <= $horizon))
RETURN collect(v.key) AS key, collect(v.subject_id) AS subject_id, collect(v.type) AS type, collect(v.seq) AS seq, collect(v.until) AS until, collect(v.retired) AS retired, collect(v.hash) AS hash, collect(coalesce(v.source, '')) AS source, collect(coalesce(v.target, '')) AS target

// mode: read
// params: first, last
// returns: key, subject_id, type, seq, until, revision, retired, hash, body, purged
// collect() leaves nulls out: what somebody removed comes as a value that verification does not believe.
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:{{label}} {seq: made})
RETURN collect(coalesce(v.key, '')) AS key, collect(coalesce(v.subject_id, '')) AS subject_id, collect(coalesce(v.type, '')) AS type, collect(v.seq) AS seq, collect(coalesce(v.until, -1)) AS until, collect(coalesce(v.revision, -1)) AS revision, collect(coalesce(v.retired, 'absent')) AS retired, collect(coalesce(v.hash, '')) AS hash, collect(coalesce(v.body, '')) AS body, collect(coalesce(v.purged, 0)) AS purged

// mode: read
// params: first, last, at
// returns: seq, id, type, revision, retired
// Items that commits first..last retired and that had not come back by `at`.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.retired AND v.until > $at AND v.revision > 1
RETURN collect(v.seq) AS seq, collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.revision) AS revision, collect(v.retired) AS retired

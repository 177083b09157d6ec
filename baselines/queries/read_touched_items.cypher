// mode: read
// params: first, last, at
// returns: seq, id, type, revision, retired
// The version that was current at `at` of each item that commits first..last touched: one for each item, whatever lies between.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.until > $at
RETURN collect(v.seq) AS seq, collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.revision) AS revision, collect(v.retired) AS retired

// mode: read
// params: seqs, at
// returns: seq, id, type, revision, retired
// Items that these commits retired and that had not come back by `at`.
UNWIND $seqs AS seq
MATCH (v:ItemVersion {seq: seq})
WHERE v.retired AND v.until > $at AND v.revision > 1
RETURN collect(v.seq) AS seq, collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.revision) AS revision, collect(v.retired) AS retired

// mode: read
// params: seqs, at
// returns: seq, id, type, revision, retired, source, target
UNWIND $seqs AS seq
MATCH (v:RelationVersion {seq: seq})
WHERE v.until > $at
RETURN collect(v.seq) AS seq, collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.revision) AS revision, collect(v.retired) AS retired, collect(v.source) AS source, collect(v.target) AS target

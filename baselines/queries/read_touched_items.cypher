// mode: read
// params: seqs, at
// returns: seq, id, type, revision, retired
// Numbers one by one: ArcadeDB walks a range of an index from its beginning (120 ms where this takes 1).
// The version that was current at `at` of each item that these commits touched: one for each item, whatever lies between.
UNWIND $seqs AS seq
MATCH (v:ItemVersion {seq: seq})
WHERE v.until > $at
RETURN collect(v.seq) AS seq, collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.revision) AS revision, collect(v.retired) AS retired

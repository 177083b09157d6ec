// mode: read
// params: seqs, seq, types, all
// returns: subject_id, type, seq, hash
// Item versions that these commits made and that were live after commit seq.
// Numbers one by one: ArcadeDB walks a range of an index from its beginning.
UNWIND $seqs AS made
MATCH (v:ItemVersion {seq: made})
WHERE v.until > $seq AND NOT v.retired AND ($all OR v.type IN $types)
RETURN collect(v.subject_id) AS subject_id, collect(v.type) AS type, collect(v.seq) AS seq, collect(v.hash) AS hash

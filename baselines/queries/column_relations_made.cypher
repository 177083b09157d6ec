// mode: read
// params: seqs, seq
// returns: subject_id, source, target, seq, hash
// Relationship versions that these commits made and that were live after commit seq. See column_items_made.
UNWIND $seqs AS made
MATCH (v:RelationVersion {seq: made})
WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS subject_id, collect(v.source) AS source, collect(v.target) AS target, collect(v.seq) AS seq, collect(v.hash) AS hash

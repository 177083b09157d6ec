// mode: read
// params: ids, seq
// returns: id, source, target, seq, hash
// `end` is the end that is asked by: source or target.
UNWIND $ids AS id
MATCH (v:RelationVersion {{{end}}: id})
WHERE v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN v.subject_id AS id, v.source AS source, v.target AS target, v.seq AS seq, v.hash AS hash

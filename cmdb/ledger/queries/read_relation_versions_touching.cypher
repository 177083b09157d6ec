// mode: read
// params: id, seq, after, limit
// returns: id, type, source, target, seq, revision, retired
// Newest first, within a commit by relationship; beyond a place in that order. No body is read: a purged one takes nothing away.
MATCH (v:RelationVersion {{{end}}: $id})
WHERE v.seq < $seq OR (v.seq = $seq AND v.subject_id > $after)
RETURN v.subject_id AS id, v.type AS type, v.source AS source, v.target AS target, v.seq AS seq, v.revision AS revision, v.retired AS retired
ORDER BY seq DESC, id
LIMIT $limit

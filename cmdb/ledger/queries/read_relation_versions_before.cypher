// mode: read
// params: rows
// returns: id, revision, retired
UNWIND $rows AS r
MATCH (v:RelationVersion {subject_id: r.id})
WHERE v.revision = r.revision
RETURN v.subject_id AS id, v.revision AS revision, v.retired AS retired

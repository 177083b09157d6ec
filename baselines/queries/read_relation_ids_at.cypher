// mode: read
// params: ids, at
// returns: id
// Relationships that left (or, named `target`, reached) these items as of a commit.
UNWIND $ids AS id
MATCH (v:RelationVersion { {{end}}: id})
WHERE v.seq <= $at AND v.until > $at AND NOT v.retired
RETURN collect(v.subject_id) AS id

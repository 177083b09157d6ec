// mode: read
// params: ids, types, at
// returns: type, source, target
// Relationships of these types that left (or, named `target`, reached) these items as of a commit.
UNWIND $ids AS id
MATCH (v:RelationVersion { {{end}}: id})
WHERE v.seq <= $at AND v.until > $at AND NOT v.retired AND v.type IN $types
RETURN collect(v.type) AS type, collect(v.source) AS source, collect(v.target) AS target

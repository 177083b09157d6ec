// mode: read
// params: first, last, seq
// returns: type, source, target
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:RelationVersion {seq: made})
WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.type) AS type, collect(v.source) AS source, collect(v.target) AS target

// mode: read
// params: first, last, seq
// returns: body
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:ItemVersion {seq: made})
WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.body) AS body

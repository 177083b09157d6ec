// mode: read
// params: first, last, seq
// returns: id, type
// Of the items that were live at `seq`, those whose version then was made by commits `first` to `last`.
// Numbers one by one: ArcadeDB looks at every version for a range of them.
UNWIND range($first, $last) AS made
MATCH (v:ItemVersion {seq: made})
WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS id, collect(v.type) AS type

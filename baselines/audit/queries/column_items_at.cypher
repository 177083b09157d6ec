// mode: read
// params: first, last, seq
// returns: id, type
// Of the items that were live at `seq`, those whose version then was made by commits `first` to `last`.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last
WITH v WHERE v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS id, collect(v.type) AS type

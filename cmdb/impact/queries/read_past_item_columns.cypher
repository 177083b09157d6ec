// mode: read
// params: first, last, seq
// returns: id, type, body
// Versions made by commits `first` to `last` that were live after commit `seq`, in no order.
MATCH (v:ItemVersion)
WHERE v.seq >= $first AND v.seq <= $last AND v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.body) AS body

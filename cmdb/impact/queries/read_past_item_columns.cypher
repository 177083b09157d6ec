// mode: read
// params: place, last, seq
// returns: id, type, body
// Items live after commit `seq` in a window of ids, in no order.
MATCH (v:ItemVersion)
WHERE v.subject_id > $place AND v.subject_id <= $last AND v.seq <= $seq AND v.until > $seq AND NOT v.retired
RETURN collect(v.subject_id) AS id, collect(v.type) AS type, collect(v.body) AS body

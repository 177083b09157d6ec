// mode: read
// params: after
// returns: id
MATCH (v:ItemVersion)
WHERE v.seq > $after AND v.retired
RETURN collect(v.subject_id) AS id

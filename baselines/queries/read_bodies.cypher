// mode: read
// params: keys
// returns: id, body
UNWIND $keys AS key
MATCH (v:{{label}} {key: key})
RETURN collect(v.subject_id) AS id, collect(v.body) AS body

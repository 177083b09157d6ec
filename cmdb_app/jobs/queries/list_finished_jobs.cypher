// mode: read
// params: before
// returns: id
MATCH (j:Job)
WHERE j.state IN ['done', 'failed'] AND j.finished < $before
RETURN j.id AS id
ORDER BY id
LIMIT 100

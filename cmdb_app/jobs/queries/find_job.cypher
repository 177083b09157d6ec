// mode: read
// params: id
// returns: job
MATCH (j:Job {id: $id})
RETURN properties(j) AS job

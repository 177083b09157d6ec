// mode: write
// params: id, worker
// returns: id
MATCH (j:Job {id: $id})
WHERE j.worker = $worker AND j.state = 'running'
SET j.state = 'queued', j.worker = '', j.lease = '', j.attempts = j.attempts - 1
RETURN j.id AS id

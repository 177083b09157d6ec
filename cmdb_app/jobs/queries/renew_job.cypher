// mode: write
// params: id, worker, until, done
// returns: id
MATCH (j:Job {id: $id})
WHERE j.worker = $worker AND j.state = 'running'
SET j.lease = $until, j.done = $done
RETURN j.id AS id

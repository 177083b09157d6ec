// mode: write
// params: id, worker, now, until
// returns: worker
MATCH (j:Job {id: $id})
WHERE j.state = 'queued' OR (j.state = 'running' AND j.lease < $now)
SET j.state = 'running', j.worker = $worker, j.lease = $until, j.attempts = j.attempts + 1,
    j.started = CASE WHEN j.started = '' THEN $now ELSE j.started END
RETURN j.worker AS worker

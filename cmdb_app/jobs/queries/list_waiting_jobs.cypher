// mode: read
// params: now, before
// returns: id
MATCH (j:Job)
WHERE (j.state = 'queued' AND j.created < $before) OR (j.state = 'running' AND j.lease < $now)
RETURN j.id AS id
ORDER BY id
LIMIT 100

// mode: write
// params: key, job_id, number, body
// returns: key
CREATE (c:JobChunk {key: $key, job_id: $job_id, number: $number, body: $body})
RETURN c.key AS key

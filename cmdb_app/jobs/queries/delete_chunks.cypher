// mode: write
// params: id
// returns: none
MATCH (c:JobChunk {job_id: $id})
DELETE c

// mode: read
// params: key
// returns: body
MATCH (c:JobChunk {key: $key})
RETURN c.body AS body

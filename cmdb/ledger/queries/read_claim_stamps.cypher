// mode: read
// params: keys
// returns: key, stamp
UNWIND $keys AS key
MATCH (c:Claim {key: key})
RETURN c.key AS key, coalesce(c.stamp, '') AS stamp

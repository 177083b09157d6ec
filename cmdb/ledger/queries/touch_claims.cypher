// mode: write
// params: keys, seen_at
// returns: done
UNWIND $keys AS key
MATCH (c:Claim {key: key})
SET c.seen_at = $seen_at
RETURN count(c) AS done

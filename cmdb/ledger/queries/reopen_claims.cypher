// mode: write
// params: rows, stamp
// returns: none
// A claim that speaks of a relationship to a retired item loses its digest, so that its next observation is looked at again.
UNWIND $rows AS r
MATCH (c:Claim {item_id: r.neighbour})
WHERE c.relations CONTAINS r.retired
SET c.digest = null, c.stamp = $stamp

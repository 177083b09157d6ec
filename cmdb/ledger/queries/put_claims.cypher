// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
MERGE (c:Claim {key: r.key})
SET c = r

// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
CREATE (c:Claim)
SET c = r

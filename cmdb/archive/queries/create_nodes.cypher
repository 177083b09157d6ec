// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
CREATE (n:{{label}})
SET n = r

// mode: write
// params: rows
// returns: none
UNWIND $rows AS r
CREATE (n:Record)
SET n = r

// mode: write
// params: rows
// returns: done
UNWIND $rows AS r
MATCH (n:Item {id: r.id})
SET n = r
RETURN count(n) AS done

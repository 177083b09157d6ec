// mode: write
// params: rows
// returns: done
UNWIND $rows AS r
MATCH (n:Record {id: r.id})
SET n = r
RETURN count(n) AS done

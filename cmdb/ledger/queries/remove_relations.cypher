// mode: write
// params: rows
// returns: done
UNWIND $rows AS r
MATCH (a:Item {id: r.source})
MATCH (b:Item {id: r.target})
MATCH (a)-[x:{{edge}}]->(b)
DELETE x
RETURN count(*) AS done

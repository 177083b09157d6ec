// mode: write
// params: rows
// returns: done
UNWIND $rows AS r
MATCH (a:Item {id: r.source})
MATCH (b:Item {id: r.target})
CREATE (a)-[x:{{edge}}]->(b)
SET x = r.properties
RETURN count(x) AS done

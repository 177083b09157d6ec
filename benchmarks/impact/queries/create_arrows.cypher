// mode: write
// params: rows
// returns: none
UNWIND $rows AS row
MATCH (a:Node {n: row.provider})
MATCH (b:Node {n: row.dependent})
CREATE (a)-[:AFFECTS]->(b)

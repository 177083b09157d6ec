// mode: read
// params: root
// returns: reached
// The fastest on Neo4j 5.26 of what was tried: counting distinct ends lets it plan VarLengthExpand(Pruning,BFS), which visits each node once.
// `*0..` and `WITH DISTINCT` take the same; a filter or property on the ends costs 40 % more; `MATCH ANY` and `ANY SHORTEST` with a quantified
// path took more than a minute; a frontier at a time from the client sends every id twice.
MATCH (r:Node {n: $root})-[:AFFECTS*1..]->(m)
RETURN count(DISTINCT m) AS reached

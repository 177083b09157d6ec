// mode: read
// params: root
// returns: reached
// The fastest on ArcadeDB 26.10 of what was tried: see `count_reach_live.cypher`, of which this is the form for one relationship type.
MATCH (r:Node {n: $root})
CALL path.subgraphNodes(r, {relationshipFilter: 'AFFECTS>'}) YIELD node
RETURN count(node) AS reached

// mode: read
// params: root
// returns: reached
// The form of `count_reach_live.cypher` for one relationship type; what else was tried on ArcadeDB stands there.
MATCH (r:Node {n: $root})
CALL path.subgraphNodes(r, {relationshipFilter: 'AFFECTS>'}) YIELD node
RETURN count(node) AS reached

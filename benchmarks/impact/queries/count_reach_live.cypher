// mode: read
// params: root
// returns: reached
// The fastest on ArcadeDB 26.10 of what was tried. `algo.bfs` takes four times as long (it first reads the whole graph) and has one direction
// for all types; `[:AFFECTS*1..3]` with DISTINCT five times as long for three steps, since it follows every path.
MATCH (r:Item {id: $root})
CALL path.subgraphNodes(r, {relationshipFilter: '<DEPENDS_ON|<USES|MEMBER_OF>'}) YIELD node
RETURN count(node) AS reached

// mode: read
// params: ids
// returns: source, target, properties
// Every live relationship of some items, from both sides; one between two of them comes twice.
UNWIND $ids AS id
MATCH (n:Item {id: id})-[x]-(:Item)
RETURN startNode(x).id AS source, endNode(x).id AS target, properties(x) AS properties

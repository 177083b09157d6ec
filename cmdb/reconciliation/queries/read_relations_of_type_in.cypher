// mode: read
// params: ids
// returns: source, target, properties
UNWIND $ids AS wanted
MATCH (n:Item {id: wanted})<-[x:{{edge}}]-(m:Item)
RETURN m.id AS source, n.id AS target, properties(x) AS properties

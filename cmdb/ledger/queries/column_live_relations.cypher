// mode: read
// params: ids
// returns: source, target, edge, properties
UNWIND $ids AS id
MATCH (n:Item {id: id})-[x]->(m)
RETURN collect(id) AS source, collect(coalesce(m.id, '')) AS target, collect(type(x)) AS edge, collect(properties(x)) AS properties

// mode: read
// params: ids
// returns: source, target, properties
UNWIND $ids AS id
MATCH (n:Item {id: id})-[x]->(m)
RETURN collect(id) AS source, collect(coalesce(m.id, '')) AS target, collect(properties(x)) AS properties

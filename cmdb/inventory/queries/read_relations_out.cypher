// mode: read
// params: ids
// returns: id, other, other_type, other_name, properties
UNWIND $ids AS id
MATCH (n:Item {id: id})
MATCH (n)-[x/*edges*/]->(m:Item)
RETURN collect(id) AS id, collect(m.id) AS other, collect(m.type) AS other_type, collect(m.name) AS other_name, collect(properties(x)) AS properties

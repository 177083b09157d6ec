// mode: read
// params: after, limit
// returns: id, labels, properties
MATCH (n:Item)
WHERE n.id > $after
WITH n ORDER BY n.id LIMIT $limit
RETURN collect(n.id) AS id, collect(labels(n)) AS labels, collect(properties(n)) AS properties

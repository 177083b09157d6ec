// mode: read
// params: after, limit
// returns: id, properties
MATCH (n:Record)
WHERE n.id > $after
WITH n ORDER BY n.id LIMIT $limit
RETURN collect(n.id) AS id, collect(properties(n)) AS properties

// mode: read
// params: after
// returns: id, type, name, description
// What was recorded or changed since a commit: the index on _seq answers it at the cost of what changed.
MATCH (n:Item)
WHERE n._seq > $after
RETURN collect(n.id) AS id, collect(n.type) AS type, collect(n.name) AS name, collect(n.description) AS description

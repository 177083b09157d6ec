// mode: read
// params: none
// returns: labels, edge, target, target_labels
// Every relationship belongs to an item; nothing the ledger writes has another one.
MATCH (n)-[x]->(m)
WHERE NOT n:Item
RETURN labels(n) AS labels, type(x) AS edge, coalesce(m.id, '') AS target, labels(m) AS target_labels
ORDER BY edge, target
LIMIT 20

// mode: read
// params: none
// returns: source, target, need
MATCH (a:Item)-[r:{{edge}}]->(b:Item)
WHERE r.{{attribute}} IS NOT NULL
RETURN collect(a.id) AS source, collect(b.id) AS target, collect(r.{{attribute}}) AS need

// mode: read
// params: lowest, highest
// returns: source, target, type, need, sources
MATCH (a:Item)
WHERE a.id >= $lowest AND a.id <= $highest
MATCH (a)-[r]->(b:Item)
RETURN collect(a.id) AS source, collect(b.id) AS target, collect(r.type) AS type, collect(coalesce(r.need, '')) AS need,
  collect(coalesce(r._sources, [])) AS sources

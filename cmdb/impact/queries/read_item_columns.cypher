// mode: read
// params: after, limit
// returns: id, type, owner, location, criticality, need_count, need_percent
MATCH (n:Item)
WHERE n.id > $after
WITH n ORDER BY n.id LIMIT $limit
RETURN collect(n.id) AS id, collect(n.type) AS type, collect(coalesce(n.owner, '')) AS owner, collect(coalesce(n.location, '')) AS location,
  collect(coalesce(n.criticality, '')) AS criticality, collect(coalesce(n.need_count, -1)) AS need_count,
  collect(coalesce(n.need_percent, -1.0)) AS need_percent

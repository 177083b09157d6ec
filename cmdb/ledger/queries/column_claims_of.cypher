// mode: read
// params: ids
// returns: key, item_id, source, fields, relations
UNWIND $ids AS wanted
MATCH (c:Claim {item_id: wanted})
RETURN collect(coalesce(c.key, '')) AS key, collect(wanted) AS item_id, collect(coalesce(c.source, '')) AS source, collect(coalesce(c.fields, '')) AS fields, collect(coalesce(c.relations, '')) AS relations

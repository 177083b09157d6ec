// mode: read
// params: place, probe
// returns: total, last
// How far the next `probe` ids reach. An index gives them in order; where it did not, `last` would only be further than need be.
MATCH (n:Item)
WHERE n.id > $place/*rest*/
WITH n.id AS id LIMIT $probe
RETURN count(id) AS total, max(id) AS last

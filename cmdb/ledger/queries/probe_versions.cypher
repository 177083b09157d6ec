// mode: read
// params: place, probe
// returns: total, last
// How far the next `probe` versions reach. An index gives them in order; where it did not, `last` would only be further than need be.
MATCH (v:ItemVersion)
WHERE v.subject_id > $place
WITH v.subject_id AS id LIMIT $probe
RETURN count(id) AS total, max(id) AS last

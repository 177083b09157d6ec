// mode: write
// params: row
// returns: id
CREATE (j:Job)
SET j = $row
RETURN j.id AS id

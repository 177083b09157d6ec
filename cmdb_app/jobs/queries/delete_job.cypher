// mode: write
// params: id
// returns: none
MATCH (j:Job {id: $id})
DELETE j

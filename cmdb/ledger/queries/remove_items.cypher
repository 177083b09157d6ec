// mode: write
// params: ids
// returns: none
UNWIND $ids AS id
MATCH (n:Item {id: id})
DETACH DELETE n

// mode: write
// params: ids
// returns: none
UNWIND $ids AS id
MATCH (n:Record {id: id})
DETACH DELETE n

// mode: read
// params: ids
// returns: claim
UNWIND $ids AS id
MATCH (c:Claim {item_id: id})
RETURN properties(c) AS claim

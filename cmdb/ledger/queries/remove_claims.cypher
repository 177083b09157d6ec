// mode: write
// params: keys
// returns: none
UNWIND $keys AS key
MATCH (c:Claim {key: key})
DETACH DELETE c

// mode: read
// params: none
// returns: total
MATCH ()-[x]->()
RETURN count(x) AS total

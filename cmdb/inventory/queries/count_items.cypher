// mode: read
// params: none
// returns: total
MATCH (n:/*labels*/)
/*where*/
RETURN count(n) AS total

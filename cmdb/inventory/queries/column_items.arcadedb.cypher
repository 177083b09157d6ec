// mode: read
// params: limit
// returns: columns
MATCH (n:/*labels*/)
/*where*/
WITH n /*order*/ LIMIT $limit
RETURN /*fields*/

// mode: read
// params: limit
// returns: columns
MATCH (n:Item)
/*ranged_where*/
WITH n /*order*/ LIMIT $limit
RETURN /*fields*/

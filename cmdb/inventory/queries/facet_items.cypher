// mode: read
// params: limit
// returns: value, total
MATCH (n:/*labels*/)
/*where*/
WITH /*fields*/ AS value, count(n) AS total
RETURN value, total
ORDER BY total DESC, value
LIMIT $limit

// mode: read
// params: limit
// returns: properties
// The conditions and their parameters come from cmdb/inventory/filters.py.
MATCH (n:/*labels*/)
/*where*/
WITH n /*order*/ LIMIT $limit
RETURN properties(n) AS properties

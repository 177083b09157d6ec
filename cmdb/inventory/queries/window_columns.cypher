// mode: read
// params: place, last
// returns: columns
MATCH (n:Item)
WHERE n.id > $place AND n.id <= $last
WITH n /*where*/
RETURN /*fields*/

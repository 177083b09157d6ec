// mode: read
// params: place, last
// returns: columns
MATCH (n:Item/*more*/)
WHERE n.id > $place AND n.id <= $last /*and*/
RETURN /*fields*/

// mode: read
// params: place, last
// returns: properties
// All matches in a window of ids, in no order: the caller sorts, which is much cheaper than a sort in ArcadeDB.
MATCH (n:Item/*more*/)
WHERE n.id > $place AND n.id <= $last /*and*/
RETURN properties(n) AS properties

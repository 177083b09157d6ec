// mode: read
// params: place, last
// returns: properties
// All matches in a window of ids, in no order: the caller sorts, which is much cheaper than a sort in ArcadeDB.
// The other conditions come after the window: beside it, they would lead ArcadeDB to scan instead of using the index on ids.
MATCH (n:Item)
WHERE n.id > $place AND n.id <= $last
WITH n /*where*/
RETURN properties(n) AS properties

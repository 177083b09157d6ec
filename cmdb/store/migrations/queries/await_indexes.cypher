// Neo4j fills indexes in the background; ArcadeDB is done when CREATE INDEX returns. At most 300 s.
// mode: read
// params: none
// returns: none
CALL db.awaitIndexes(300)

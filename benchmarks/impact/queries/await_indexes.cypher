// mode: read
// params: none
// returns: none
CALL db.awaitIndexes(300)

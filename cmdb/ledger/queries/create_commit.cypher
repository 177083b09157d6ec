// mode: write
// params: commit
// returns: none
CREATE (c:Commit)
SET c = $commit

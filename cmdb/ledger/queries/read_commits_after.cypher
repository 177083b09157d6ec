// mode: read
// params: after, until
// returns: commit
// Numbers one by one: ArcadeDB looks at every commit for a range of them.
UNWIND range($after + 1, $until) AS made
MATCH (c:Commit {seq: made})
RETURN properties(c) AS commit
ORDER BY c.seq

// mode: write
// params: rows, type, seq
// returns: done
UNWIND $rows AS r
MATCH (a:Item {id: r.source})
MATCH (b:Item {id: r.target})
CREATE (a)-[x:{{edge}} {id: r.id, type: $type, revision: r.revision, _sources: r.sources, _hash: r.hash, _seq: $seq}]->(b)
RETURN count(x) AS done

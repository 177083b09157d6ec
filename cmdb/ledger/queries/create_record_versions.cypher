// mode: write
// params: rows, at, seq, open
// returns: none
UNWIND $rows AS r
CREATE (v:{{label}} {key: r.id + $at, subject_id: r.id, type: r.type, seq: $seq, until: $open, revision: r.revision, retired: r.retired, hash: r.hash, body: r.body})

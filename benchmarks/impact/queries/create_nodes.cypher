// mode: write
// params: rows
// returns: none
UNWIND $rows AS row
CREATE (:Node {n: row.n})

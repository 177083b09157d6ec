// mode: write
// params: keys, seq
// returns: done
UNWIND $keys AS key
MATCH (v:{{label}} {key: key})
SET v.body = '', v.purged = $seq
RETURN count(v) AS done

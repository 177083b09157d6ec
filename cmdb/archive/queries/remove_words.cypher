// mode: write
// params: ids
// returns: done
UNWIND $ids AS id
MATCH (n:{{label}} {item_id: id})
DELETE n
RETURN count(*) AS done

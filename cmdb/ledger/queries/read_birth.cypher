// mode: read
// params: ids
// returns: id, time
UNWIND $ids AS id
MATCH (v:ItemVersion {subject_id: id})
WITH id, min(v.seq) AS seq
MATCH (c:Commit {seq: seq})
RETURN id, c.time AS time

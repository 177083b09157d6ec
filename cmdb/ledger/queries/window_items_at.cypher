// mode: read
// params: place, last, seq, types, all, parts, words
// returns: id, seq, until, hash, body
// All that was live after commit `seq` in a window of ids, in no order: the caller sorts, which is much cheaper than a sort in ArcadeDB.
// `parts` are texts that the canonical body of every match contains, `words` those its lower case does; exact comparison follows in the caller.
// A purged version (no body) is let through, so that the caller refuses instead of leaving it out.
MATCH (v:ItemVersion)
WHERE v.subject_id > $place AND v.subject_id <= $last AND v.seq <= $seq AND v.until > $seq AND NOT v.retired
  AND ($all OR v.type IN $types) AND (v.body = '' OR (all(part IN $parts WHERE v.body CONTAINS part) AND all(word IN $words WHERE toLower(v.body) CONTAINS word)))
RETURN collect(v.subject_id) AS id, collect(v.seq) AS seq, collect(v.until) AS until, collect(v.hash) AS hash, collect(v.body) AS body

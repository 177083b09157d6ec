// mode: read
// params: source, scope
// returns: item_id, ref
// Claims that assert that their item exists: an edit by hand of what somebody else found has no ref.
MATCH (c:Claim {source: $source, scope: $scope})
WHERE c.ref <> ''
RETURN collect(c.item_id) AS item_id, collect(c.ref) AS ref

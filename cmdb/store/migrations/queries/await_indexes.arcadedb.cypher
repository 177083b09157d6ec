// mode: read
// params: none
// returns: none
RETURN 1 AS done

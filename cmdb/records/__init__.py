"""Process records read back: what the ledger keeps beside items, by kind, id and indexed properties, now and as of a commit."""

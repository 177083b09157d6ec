"""The ledger: every change is a commit with versions, and the log, as-of reads and verification that follow from it (design 6)."""

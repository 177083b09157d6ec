"""The CMDB audit: planned, run at a pinned commit, answered with deficiencies somebody owns (requirements 9.1-14 to 9.1-16)."""

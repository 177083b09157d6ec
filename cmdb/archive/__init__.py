"""What leaves the ledger and comes back: checkpoints, backup and restore, purge (requirements 9.1-12, 9.1-19; issue "tamper evidence")."""

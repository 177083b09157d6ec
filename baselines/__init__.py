"""Baselines (design 8, requirements 9.1-20, 9.1-21): designations on the ledger, their seals, and schedules."""

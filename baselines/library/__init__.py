"""The secure library: references to master copies, and whether what they refer to is still what was put there (9.1-22 to 9.1-24)."""

"""The floor everything stands on: errors, ids, clock, canonical JSON. Imports nothing of ours."""

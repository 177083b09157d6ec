"""The values that stages hand on, the type registry and validation. Pure: no store, no clock, no network."""

"""Keeps the impact index of one process: built from the store, then handed every commit by the projector."""

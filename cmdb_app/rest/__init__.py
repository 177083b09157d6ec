"""The REST side of the API: one file for each group of addresses."""

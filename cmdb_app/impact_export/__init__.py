"""Whole answers to impact questions, for other programs: NDJSON, CSV, GraphML, SVG. The command line and REST share it."""

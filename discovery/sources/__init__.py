"""One folder for each kind of source; all hold the same few files: model.py, parse.py (pure), collect.py (reads), README.md."""

"""The graph engines behind one protocol: connections, retries, migrations, statement files, and the embedded engine's process (design 4)."""

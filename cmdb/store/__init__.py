"""The graph engines behind one protocol: connections, retries, migrations, statement files, the embedded engine's process (design 4)."""

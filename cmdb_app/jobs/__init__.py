"""Background jobs: their records live in the graph, so that any worker can take one up and a lost broker loses none."""

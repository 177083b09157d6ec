"""What agents send, turned into batches: strict JSON, the wire form of observations, and what is told back."""

"""What the impact benchmark measures: graphs to measure on, the engine by itself."""

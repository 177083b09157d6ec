"""Graph engines that we start ourselves."""

"""The plant: pure computation, without clock, files or network."""

"""Machine-learning models served over OPC UA."""

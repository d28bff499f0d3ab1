"""History of values: raw points, what lies between them, and the Aggregates over intervals of time."""

"""History: what is recorded, how it reaches a store, and how it is asked for."""

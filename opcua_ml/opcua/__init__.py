"""The only door to asyncua."""

"""The plain signal set that people know from other OPC UA simulators."""

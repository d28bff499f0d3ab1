"""A plant to play with: an OPC UA server that behaves like a PLC of a pump station."""

"""History over OPC UA: what is recorded of the server's nodes, and HistoryRead."""

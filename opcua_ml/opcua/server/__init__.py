"""What OPC UA clients see: the endpoint, the nodes of every model, and the methods."""

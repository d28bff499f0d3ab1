"""What the Server object says of the server: limits, sessions, namespaces, and the methods it has."""

"""What a loaded artifact is held to: columns, derived outputs, and the shape of every model."""

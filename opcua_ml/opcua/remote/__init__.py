"""A running service as its engineers' programs see it: packages go in, versions are managed, over OPC UA."""

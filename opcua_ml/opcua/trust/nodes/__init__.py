"""The nodes, and the services on them: attributes, views, methods."""

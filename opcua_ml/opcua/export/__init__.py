"""A running server's instances as files for engineering tools: NodeSet2, and a table of tags."""

"""What can be made to go wrong, in one registry."""

"""Roles, and what each of them may do on which node."""

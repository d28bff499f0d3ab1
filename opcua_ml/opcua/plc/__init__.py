"""Clients of PLCs: tags become samples, predictions become written tags."""

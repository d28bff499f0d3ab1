"""Versions of models on disk: packages that never change, and the journal of what became of them."""

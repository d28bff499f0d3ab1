"""Versions of models in the address space: how they stand, and the methods that manage them."""

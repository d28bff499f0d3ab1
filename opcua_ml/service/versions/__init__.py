"""Versions of models at work: their store, what is promoted, and who watches over it."""

"""Stores of history: an embedded SQLite file, or the PostgreSQL of a site."""

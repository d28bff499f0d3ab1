"""Certificates: our own, those of peers, and in whom the site trusts."""

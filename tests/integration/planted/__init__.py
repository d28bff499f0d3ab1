"""Bugs planted on purpose, one of each class of the public record: the named test has to catch each."""

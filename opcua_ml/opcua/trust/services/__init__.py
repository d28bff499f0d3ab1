"""The services of Part 4, one table from request type to handler."""

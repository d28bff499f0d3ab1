"""Use cases, and the ports through which they reach PLCs, clients and models."""

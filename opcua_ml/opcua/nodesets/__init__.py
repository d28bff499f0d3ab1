"""NodeSet2 files that a site names: read as data, put in order, added to the address space."""

from .load import load_node_sets

__all__ = ["load_node_sets"]

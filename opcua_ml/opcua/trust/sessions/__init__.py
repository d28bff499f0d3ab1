"""Sessions: their tokens, bindings and lifetimes."""

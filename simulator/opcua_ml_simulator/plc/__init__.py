"""The PLC: its scan cycle and the program that acts on reported results."""

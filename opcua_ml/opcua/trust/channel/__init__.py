"""One secure channel: its keys, sequence and unfinished messages."""

"""What clients can call, on top of what a program can call."""

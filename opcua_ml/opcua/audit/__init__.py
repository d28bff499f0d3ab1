"""What happened to the server's security, for those who may know: a log file and events."""

"""The socket: connections, frames and their clocks."""

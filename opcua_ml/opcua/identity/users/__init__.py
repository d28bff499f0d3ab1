"""Users: how they prove who they are, and which Roles they have."""

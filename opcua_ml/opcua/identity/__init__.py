"""Who we are and who others are: certificates, trust, users, tokens, roles."""

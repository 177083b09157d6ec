"""Who may come in: local users, sessions, tokens and OpenID Connect bearer tokens."""

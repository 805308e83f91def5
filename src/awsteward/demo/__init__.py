"""People and machines at work on an embedded AWS; no account needed."""

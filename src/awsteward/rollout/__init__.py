"""Nothing that was accepted is lost when a server stops."""

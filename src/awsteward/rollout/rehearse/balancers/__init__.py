"""Real load balancers."""

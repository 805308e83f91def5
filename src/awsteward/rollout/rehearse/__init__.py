"""Rehearses a rollout with real processes behind a real load balancer, and counts what was lost."""

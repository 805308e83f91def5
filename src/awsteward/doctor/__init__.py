"""Walks the chain from a call in AWS to a message in Slack, link by link; it changes nothing."""

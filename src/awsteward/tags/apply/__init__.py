"""Carrying out a plan with each service's own tag call; the only writer of tags."""

"""Regenerates packaged data from its sources; nothing here ships."""

"""Derives `tags/catalogue/data` from the models that AWS publishes."""

"""Draws `docs/images/demo.svg`, the README's picture, from a real run of the demo."""

"""Telling people: one Slack message per creator and window, and the questions in it."""

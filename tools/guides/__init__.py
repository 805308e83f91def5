"""Guides as they are handed out: Markdown of ``docs/`` as self-contained HTML pages and PDF."""

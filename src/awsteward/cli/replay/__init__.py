"""``awsteward tags replay``: what was created, what it lacks, and what is done about it."""

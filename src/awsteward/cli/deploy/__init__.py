"""``awsteward deploy``: the stack that runs the guard, from template to dead letters."""

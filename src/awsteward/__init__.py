"""awsteward looks after a shared AWS estate: owners for resources, safe rollouts, proven paths."""

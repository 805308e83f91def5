"""What every resource must carry and where a value may come from, from `awsteward.yaml`."""

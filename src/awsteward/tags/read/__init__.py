"""From CloudTrail records to `Reading` values: what was created, by whom, with which tags."""

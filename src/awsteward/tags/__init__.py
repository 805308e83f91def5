"""The tag guard: a CloudTrail record in; an owner on the resource and a Slack message out."""

"""Puts awsteward to work in an AWS account: what is shipped there."""

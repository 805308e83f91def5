"""Turns real SDK calls into the CloudTrail records AWS would have written of them."""

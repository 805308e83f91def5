"""The guard without infrastructure: looks up what CloudTrail remembers, again and again."""

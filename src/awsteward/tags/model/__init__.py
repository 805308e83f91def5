"""The nouns of the tag guard. Nothing here computes, reads or writes."""

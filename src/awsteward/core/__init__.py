"""What every pillar shares: pure values and layouts. Nothing here talks to the outside."""

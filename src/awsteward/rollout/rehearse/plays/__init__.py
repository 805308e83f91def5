"""What happens to the fleet, one file for each kind of change."""

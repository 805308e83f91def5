"""What AWS calls create and how each service is tagged; generated data and its look-up."""

"""What runs the guard in an AWS account: the stack and the package, as values."""

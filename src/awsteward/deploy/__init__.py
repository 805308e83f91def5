"""What runs the guard in an AWS account: the CloudFormation template, as values and as text."""

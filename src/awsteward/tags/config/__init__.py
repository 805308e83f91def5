"""AWS Config asks whether resources are tagged as the policy says; this answers, and acts not."""

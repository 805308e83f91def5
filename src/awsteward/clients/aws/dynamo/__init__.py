"""What the shared ledger is made of: its items, its transactions, its one table."""

"""From argv to wiring to an exit code; decides nothing itself."""

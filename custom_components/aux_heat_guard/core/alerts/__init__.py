"""Which alert is active, and why."""

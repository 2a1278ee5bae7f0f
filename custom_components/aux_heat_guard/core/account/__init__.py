"""Runtime, exact, with the time that nobody saw kept apart."""

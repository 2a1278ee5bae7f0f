"""What to tell, and later what to do."""

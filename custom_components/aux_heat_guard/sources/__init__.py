"""What the home reports: states, registries, units."""

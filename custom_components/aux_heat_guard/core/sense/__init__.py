"""From raw readings to the heat state."""

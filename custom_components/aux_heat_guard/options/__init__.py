"""What the options of a config entry mean."""

"""The meaning of the options of a config entry."""

"""The home as Home Assistant reports it: states, registries and units."""

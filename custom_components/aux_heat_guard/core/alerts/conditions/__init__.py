"""Conditions and facts that several alert rules share."""

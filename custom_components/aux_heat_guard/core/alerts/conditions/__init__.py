"""The conditions that alert rules combine."""

"""The rules and the lifecycle of the alerts."""

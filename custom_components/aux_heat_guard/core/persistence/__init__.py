"""The state of the core as JSON and back."""

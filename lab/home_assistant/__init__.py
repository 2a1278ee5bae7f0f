"""The lab inside a real Home Assistant."""

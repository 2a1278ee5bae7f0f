"""The pages of setup and options."""

"""The pages of set-up and options."""

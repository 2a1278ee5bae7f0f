"""Every setting with its default, range, unit and reason."""

"""The history of a guard: saved on disk, and filled in from the recorder."""

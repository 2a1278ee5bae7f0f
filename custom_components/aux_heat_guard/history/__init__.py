"""What was counted: kept on disk, and filled in from the recorder."""

"""What the core needs beside states: forecast, schedule, season."""

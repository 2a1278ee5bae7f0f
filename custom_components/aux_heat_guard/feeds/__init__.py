"""Feed the core with data beside states: forecast, schedule, season."""

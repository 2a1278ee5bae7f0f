"""Which setpoint and which switches should hold, and why."""

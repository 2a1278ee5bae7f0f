"""The limits that lower the heating setpoint."""

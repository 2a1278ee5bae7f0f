"""The limits that lower the heating setpoint, one module for each."""

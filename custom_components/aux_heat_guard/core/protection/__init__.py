"""Decides the setpoint and the switches, with the reasons."""

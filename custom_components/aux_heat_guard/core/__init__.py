"""The mind of AUX Heat Guard: pure Python, no Home Assistant, no clock, no I/O.

Temperatures are °C, differences K, times aware UTC, durations seconds, power W.
"""

"""The logic of AUX Heat Guard in pure Python, without Home Assistant, clock or I/O.

Temperatures are in °C, differences in K, times aware and in UTC, durations in seconds, power in W.
"""

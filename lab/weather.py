"""Made-up winter weather for the development instance, a pure function of the time of day."""

from dataclasses import dataclass
from math import cos, pi, sin

from lab.units import S_PER_H, celsius

DAY_S = 24.0 * S_PER_H

_COLDEST_S = 6.0 * S_PER_H
"""Coldest before a winter sunrise, when most setbacks end: the case the guard is for."""
_SUNRISE_S = 7.0 * S_PER_H
_SUNSET_S = 17.0 * S_PER_H
"""Sunrise and sunset at 40° north in January, local standard time, s after midnight, to the
hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WinterDay:
    """A day that repeats."""

    mean_c: float = celsius(27.0)
    """Mean outdoor temperature, °C. 27 °F: the pump alone can hold the benchmark house, and cannot
    recover it quickly."""
    swing_k: float = 5.0
    """From the mean to the warmest and to the coldest, K: a usual winter day inland."""
    sun_w_per_m2: float = 400.0
    """Sun on level ground at noon, W/m²: a clear January day at 40° north."""


def outdoor_c(day: WinterDay, seconds: float) -> float:
    """Return the outdoor temperature, °C, at a time (s after a midnight)."""
    return day.mean_c - day.swing_k * cos(2.0 * pi * (seconds - _COLDEST_S) / DAY_S)


def sun_w_per_m2(day: WinterDay, seconds: float) -> float:
    """Return the sun on level ground, W/m², at a time (s after a midnight)."""
    since_sunrise = (seconds - _SUNRISE_S) % DAY_S
    daylight = _SUNSET_S - _SUNRISE_S
    return (
        day.sun_w_per_m2 * sin(pi * since_sunrise / daylight) if since_sunrise < daylight else 0.0
    )

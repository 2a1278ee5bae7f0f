"""Heating by outdoor temperature, and the two standard scores for strips: RHU and ERS.

RHU, resistance heat utilization, is defined by the EPA (ENERGY STAR connected thermostats, Python
package `thermostat` 1.7.8). ERS, the excess resistance score, is defined by the fork of that
package for the northwestern USA (`thermostat-nw` 0.1.3, Empower Dataworks and Apex Analytics).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, isfinite
from typing import TypeGuard

SECONDS_PER_HOUR = 3600.0
"""Seconds in an hour."""

FAHRENHEIT_EDGES = tuple((edge - 32) / 1.8 for edge in range(0, 65, 5))
"""°C. 0 to 60 °F in steps of 5 °F: the bins that EPA defines RHU on."""

CELSIUS_EDGES = tuple(float(edge) for edge in range(-18, 18, 3))
"""°C. -18 to 15 °C in steps of 3 K: close to EPA's range and steps, with an edge at freezing."""

NEAR_FREEZING_EDGES = ((30 - 32) / 1.8, (45 - 32) / 1.8)
"""°C. 30 to 45 °F: EPA's wide bin, in which a sound heat pump needs no strips despite frost."""

EDGE_TOLERANCE = 1e-9
"""K. Keeps a day of exactly 30 °F below that edge, however it was converted to °C."""

MIN_RHU_SECONDS = 1800 * 60.0
"""Seconds. EPA's minimum runtime of a bin, HP + AUX + EMG: 30 h (VAR_MIN_RHU_RUNTIME)."""

CAPACITY_REFERENCE = 47.0
"""°F. Where heat pumps are rated (AHRI 210/240), and where ERS has a compressor's capacity at 1."""

CAPACITY_SLOPE = 0.012
"""1/°F. Share of capacity that a compressor loses per degree (`thermostat-nw`)."""

STRIPS_TO_COMPRESSOR = 0.95
"""Heat of the strips over heat of the compressor at 47 °F: 10 kW of strips and a 3 ton heat pump
(10.55 kW), both typical sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingPeriod:
    """A day or an hour of heating, in seconds by what ran."""

    outdoor: float | None
    """The mean outdoor temperature in °C, or None if it is unknown."""
    heat_pump: float
    """Compressor heating, with or without the strips (EPA's HP)."""
    aux: float
    """Strips with the compressor (EPA's AUX)."""
    emergency: float
    """Strips without the compressor (EPA's EMG)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdoorBin:
    """Heating seconds of the days with a mean outdoor temperature in (low, high]."""

    low: float | None
    """The exclusive lower bound in °C, or None if there is none."""
    high: float | None
    """The inclusive upper bound in °C, or None. The bin without bounds holds the days of unknown
    outdoor temperature."""
    heat_pump: float = 0.0
    aux: float = 0.0
    emergency: float = 0.0

    @property
    def rhu(self) -> float | None:
        """Resistance heat utilization, 0 to 1: (AUX + EMG) / (HP + EMG); EPA's RHU2.

        None where EPA does not define it: under 1800 min of HP + AUX + EMG, or more AUX than HP.
        """
        if (
            self.is_aux_above_heat_pump
            or self.heat_pump + self.aux + self.emergency < MIN_RHU_SECONDS
        ):
            return None
        return (self.aux + self.emergency) / (self.heat_pump + self.emergency)

    @property
    def is_aux_above_heat_pump(self) -> bool:
        """Whether aux heat ran longer than the compressor that it should run beside.

        EPA discards such a bin. In a single home it shows a heat pump that does not run on call.
        """
        return self.aux > self.heat_pump


def bin_by_outdoor(
    days: Iterable[HeatingPeriod], edges: Sequence[float] = FAHRENHEIT_EDGES
) -> tuple[OutdoorBin, ...]:
    """Sort days into bins by their mean outdoor temperature, without losing a second.

    The edges are in °C, rising. n edges give n + 2 bins: up to the first edge, between each two,
    above the last one, and at the end the days of unknown (or not finite) outdoor temperature.
    """
    sorted_days: list[list[HeatingPeriod]] = [[] for _ in range(len(edges) + 2)]
    for day in days:
        sorted_days[_bin_index(day.outdoor, edges)].append(day)
    bounds = [*pairwise((None, *edges, None)), (None, None)]
    return tuple(
        _sum_bin(low, high, inside) for (low, high), inside in zip(bounds, sorted_days, strict=True)
    )


def near_freezing_bin(days: Iterable[HeatingPeriod]) -> OutdoorBin:
    """Add up the days with a mean outdoor temperature over 30 and up to 45 °F (-1.1 to 7.2 °C)."""
    return bin_by_outdoor(days, NEAR_FREEZING_EDGES)[1]


def excess_resistance(
    hours: Sequence[HeatingPeriod], window: int, strips: float = STRIPS_TO_COMPRESSOR
) -> float | None:
    """Return ERS: the share (0 to 1) of all heat that strips gave and the compressor could have.

    Formula of `thermostat-nw` 0.1.3, get_excess_resistance_scores, with heat in compressor hours
    at 47 °F:

        capacity = 1 - 0.012 (47 - outdoor °F), at least 0
        available = (1 h - HP) * capacity
        resistance = (AUX + EMG) * strips
        ERS = sum over windows of min(sum of resistance, sum of available) / window
              / sum over hours of (resistance + HP * capacity)

    The windows roll: one ends at each hour. `strips` is the heat of the strips over the heat of
    the compressor at 47 °F; the package fits it to the temperatures of the days.

    The hours are in order and without gaps; an hour without data has an unknown outdoor
    temperature. Neither such an hour nor a window with one counts. `window` is 1 or more hours,
    usually 1 to 3. Return None if no window is complete, or nothing heated.
    """
    heats = [_hour_heat(hour, strips) for hour in hours]
    whole = [
        known
        for end in range(window, len(heats) + 1)
        if len(known := _known_hours(heats[end - window : end])) == window
    ]
    total = fsum(heat.resistance + heat.compressor for heat in _known_hours(heats))
    if not whole or not total:
        return None
    return fsum(_excess(inside) for inside in whole) / window / total


@dataclass(frozen=True, slots=True)
class _HourHeat:
    """The heat of an hour, in seconds of the compressor's at 47 °F."""

    resistance: float
    compressor: float
    available: float
    """The heat that the compressor could have delivered in addition."""


def _hour_heat(hour: HeatingPeriod, strips: float) -> _HourHeat | None:
    if not _is_known(hour.outdoor):
        return None
    # The line falls below 0 at -36 °F, but no compressor removes heat.
    capacity = max(1 - CAPACITY_SLOPE * (CAPACITY_REFERENCE - (hour.outdoor * 1.8 + 32)), 0.0)
    return _HourHeat(
        resistance=(hour.aux + hour.emergency) * strips,
        compressor=hour.heat_pump * capacity,
        available=max(SECONDS_PER_HOUR - hour.heat_pump, 0.0) * capacity,
    )


def _known_hours(heats: Iterable[_HourHeat | None]) -> list[_HourHeat]:
    return [heat for heat in heats if heat is not None]


def _excess(heats: list[_HourHeat]) -> float:
    return min(fsum(heat.resistance for heat in heats), fsum(heat.available for heat in heats))


def _is_known(outdoor: float | None) -> TypeGuard[float]:
    return outdoor is not None and isfinite(outdoor)


def _bin_index(outdoor: float | None, edges: Sequence[float]) -> int:
    return bisect_left(edges, outdoor - EDGE_TOLERANCE) if _is_known(outdoor) else len(edges) + 1


def _sum_bin(low: float | None, high: float | None, days: list[HeatingPeriod]) -> OutdoorBin:
    # fsum rounds once: if no day has more AUX than HP, neither have the sums.
    return OutdoorBin(
        low=low,
        high=high,
        heat_pump=fsum(day.heat_pump for day in days),
        aux=fsum(day.aux for day in days),
        emergency=fsum(day.emergency for day in days),
    )

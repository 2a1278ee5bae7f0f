"""A policy in a home over a winter, and what came of it."""

from dataclasses import dataclass, field

from lab import home as homes
from lab.home import Home, Inputs
from lab.policies import Policy, Schedule, Seen
from lab.thermostat import Mode, Order
from lab.units import K_PER_F, S_PER_MIN, fahrenheit
from lab.winter import Winter

FORECAST_HOURS = 24
DH_TOLERANCE_K = 1.0 * K_PER_F
"""Degree-hours are counted under (schedule - 1 °F)."""
MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a winter."""

    aux_kwh: float
    total_kwh: float
    dh_per_day: float
    """°F h a day under (schedule - 1 °F)."""
    writes_per_day: float
    """How often the setpoint was changed."""
    min_room_f: float
    """The coldest the room was, °F."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: a home in a winter, whose people want a schedule."""

    winter: Winter
    home: Home = field(default_factory=Home)
    schedule: Schedule = field(default_factory=Schedule)


def live(trial: Trial, policy: Policy) -> Outcome:
    """Live through it, minute by minute."""
    winter, schedule, home = trial.winter, trial.schedule, trial.home
    state = homes.at_rest(schedule.at(winter.begin))
    short_k = 0.0
    coldest, writes, setpoint = state.room_c, 0, None
    for minute in range(winter.minutes):
        if minute % MINUTES_PER_HOUR == 0:
            forecast = tuple(winter.ahead(minute, FORECAST_HOURS))
        at, outdoor = winter.at(minute), winter.outdoor(minute)
        seen = Seen(at, state.room_c, outdoor, state.call.compressor or state.call.strips, state.running.strips, forecast)
        wanted = policy.setpoint_c(seen)
        writes += wanted != setpoint and setpoint is not None
        setpoint = wanted
        state = homes.step(home, state, Inputs(Order(Mode.HEAT, wanted), outdoor, winter.sun(minute)), S_PER_MIN)
        short_k += max(schedule.at(at) - DH_TOLERANCE_K - state.room_c, 0.0)
        coldest = min(coldest, state.room_c)
    meters, days = state.meters, winter.days
    return Outcome(
        meters.strips_kwh,
        meters.strips_kwh + meters.pump_kwh,
        short_k / K_PER_F / MINUTES_PER_HOUR / days,
        writes / days,
        fahrenheit(coldest),
    )

"""A policy in a home over a winter, and its outcome."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from random import Random

from lab import home as homes
from lab.home import Home, HomeState, Inputs
from lab.policies import Policy, PolicyView, Schedule
from lab.thermostat import Mode, Order
from lab.units import K_PER_F, S_PER_MIN, fahrenheit
from lab.winter import Winter

FORECAST_HOURS = 24
DEGREE_HOUR_TOLERANCE_K = 1.0 * K_PER_F
"""Degree-hours are counted under (schedule - 1 °F)."""
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a winter."""

    aux_kwh: float
    total_kwh: float
    dh_per_day: float
    """°F h a day under (schedule - 1 °F)."""
    writes_per_day: float
    """How often the setpoint was changed, but by the thermostat itself."""
    min_room_f: float
    """The coldest the room was, °F."""
    aux_by_day: tuple[float, ...] = ()
    """kWh of AUX on each day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A home in a winter, with the schedule that its people want."""

    winter: Winter
    home: Home = field(default_factory=Home)
    schedule: Schedule = field(default_factory=Schedule)
    thermostat_schedule: Schedule | None = None
    """The schedule that the thermostat follows by itself; None: it has no clock."""
    noise_k: float = 0.0
    """Standard deviation of what the thermostat's sensor reads, anew each minute, K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMinute:
    """A minute of a trial."""

    at: datetime
    setpoint_c: float
    is_written: bool
    """Whether somebody changed the setpoint then."""
    state: HomeState
    """At its end."""


def simulate(trial: Trial, policy: Policy) -> Outcome:
    """Simulate a trial and return its outcome."""
    winter, schedule = trial.winter, trial.schedule
    short_k, writes, coldest = 0.0, 0, schedule.comfort_c
    strips_kwh: list[float] = [0.0]
    for number, moment in enumerate(simulate_minutes(trial, policy), 1):
        room_c = moment.state.room_c
        short_k += max(schedule.setpoint_at(moment.at) - DEGREE_HOUR_TOLERANCE_K - room_c, 0.0)
        coldest = min(coldest, room_c)
        writes += moment.is_written
        if number % MINUTES_PER_DAY == 0:
            strips_kwh.append(moment.state.meters.strips_kwh)
    meters = moment.state.meters
    return Outcome(
        aux_kwh=meters.strips_kwh,
        total_kwh=meters.strips_kwh + meters.pump_kwh,
        dh_per_day=short_k / K_PER_F / MINUTES_PER_HOUR / winter.days,
        writes_per_day=writes / winter.days,
        min_room_f=fahrenheit(coldest),
        aux_by_day=tuple(until - since for since, until in pairwise(strips_kwh)),
    )


def simulate_minutes(trial: Trial, policy: Policy) -> Iterator[TrialMinute]:
    """Simulate a trial minute by minute, from a warm home with nothing to recover."""
    winter, noise = trial.winter, Random(SEED)  # noqa: S311 -- nothing is secret
    setpoint, state = (
        trial.schedule.setpoint_at(winter.begin),
        homes.resting_home(trial.schedule.comfort_c),
    )
    for minute in range(winter.minutes):
        if minute % MINUTES_PER_HOUR == 0:
            forecast = tuple(winter.forecast_from(minute, FORECAST_HOURS))
        at, outdoor, misread = (
            winter.instant_at(minute),
            winter.outdoor_at(minute),
            noise.gauss(0.0, trial.noise_k),
        )
        setpoint = _clock_setpoint(trial, minute, setpoint)
        heating = state.call.compressor or state.call.strips
        seen = PolicyView(
            at=at,
            room_c=state.room_c + misread,
            outdoor_c=outdoor,
            heating=heating,
            strips=state.running.strips,
            setpoint_c=setpoint,
            forecast=forecast,
        )
        wanted = policy.setpoint_c(seen)
        inputs = Inputs(
            order=Order(Mode.HEAT, wanted),
            outdoor_c=outdoor,
            sun_w_per_m2=winter.sun_at(minute),
            misread_k=misread,
        )
        state = homes.step(trial.home, state, inputs, S_PER_MIN)
        yield TrialMinute(at=at, setpoint_c=wanted, is_written=wanted != setpoint, state=state)
        setpoint = wanted


def _clock_setpoint(trial: Trial, minute: int, setpoint_c: float) -> float:
    """Return the setpoint that the thermostat shows at the start of a minute."""
    if trial.thermostat_schedule is None or minute == 0:
        return setpoint_c
    wanted = trial.thermostat_schedule.setpoint_at(trial.winter.instant_at(minute))
    return (
        setpoint_c
        if wanted == trial.thermostat_schedule.setpoint_at(trial.winter.instant_at(minute - 1))
        else wanted
    )

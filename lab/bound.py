"""The least aux heat that a winter needs: a linear program with perfect foresight.

In each step the heat pump gives any heat up to its capacity at the outdoor temperature, and so do
the strips. The house responds exactly, because `lab.house` is linear. The room is at least at the
schedule less 1 °F, except for as many degree-hours as the compared policy had, and never colder
than with that policy. It is never warmer than a home that is always held at the highest setpoint.
Real equipment cannot be throttled at will, must rest and must defrost, so this is a bound and not
a plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped] # only the benchmark's environment has it
from scipy.optimize import linprog  # type: ignore[import-untyped]

from lab import house as houses
from lab.heat_pump import Faults, HeatPump, PumpState, capacity_w, pump_output
from lab.house import HeatFlow, House, HouseState
from lab.trial import DEGREE_HOUR_TOLERANCE_K, Outcome, Trial
from lab.units import K_PER_F, S_PER_MIN, celsius, fahrenheit
from lab.winter import MINUTES_PER_HOUR

STEPS_MIN: Final = (30, 15, 60)
"""Schedules begin and end on each of them, and what they make of AUX is within 2 %; the first is
solved soonest. The programme is long and stiff: now and then its solver ends in numerical trouble
at one of them, and not at another."""
W_PER_KW = 1e3
PUMP_WEIGHT = 1e-3
"""Of the pump's electricity beside that of the strips: of all ways that need as little AUX, one
that wastes nothing."""
AIR, MASS = 0, 1
OPTIMAL, INFEASIBLE = 0, 2
"""As linprog says it."""
TIME_LIMIT_S: Final = 60.0
"""It is solved in a few seconds, or not at all."""
SOLVER_SETTINGS: Final[Sequence[Mapping[str, Any]]] = (
    {"method": "highs", "options": {"time_limit": TIME_LIMIT_S}},
    {"method": "highs-ipm", "options": {"time_limit": TIME_LIMIT_S}},
    {"method": "highs", "options": {"time_limit": TIME_LIMIT_S, "presolve": False}},
)
"""To solve a programme, the fastest first; none is free of trouble."""

type Vector = NDArray[np.float64]

_AT_ZERO = HouseState(0.0, 0.0)
_UNHEATED = HeatFlow(0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WinterModel:
    """A winter in n steps, and how a house answers.

    Temperatures °C at the end of a step, flows kW.
    """

    step_h: float
    """How long a step is."""
    retention: Vector
    """2 x 2: what a kelvin of air and of mass (columns) leaves of air and mass (rows) after
    a step."""
    heat_gain: Vector
    """2: what a kilowatt into the air adds to air and mass, K."""
    unheated: Vector
    """n x 2: air and mass where they were at 0 °C before and are not heated: weather, sun and
    people. The first step begins in a home as warm as people want it by day."""
    capacity: Vector
    """n: of the pump."""
    power: Vector
    """n: electricity of the pump for its heat, kW/kW."""
    lowest_wanted: Vector
    """n: the least that people want of the air."""
    warmest: Vector
    """n: the air of a home that is always held at the highest setpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The solution, n values each: air °C, heat of heat pump and strips kW, shortfall K."""

    air: Vector
    pump: Vector
    strips: Vector
    shortfall: Vector


def least_aux(trial: Trial, guard_outcome: Outcome) -> Outcome:
    """Return the least aux heat for the same degree-hours and a room that is never colder."""
    for step_min in STEPS_MIN:
        course = model_winter(trial, step_min)
        hours_a_day = K_PER_F * trial.winter.days / course.step_h
        strips_kw = trial.home.equipment.strips.power_w / W_PER_KW
        found = solve(
            course,
            strips_kw,
            guard_outcome.dh_per_day * hours_a_day,
            celsius(guard_outcome.min_room_f),
        )
        if found is not None:
            break
    else:
        raise ArithmeticError("the solver ends in numerical trouble, whatever it is asked")
    strips_kwh, pump_kwh = (
        float(found.strips.sum()) * course.step_h,
        float(found.pump @ course.power) * course.step_h,
    )
    dh_per_day = float(found.shortfall.sum()) / hours_a_day
    return Outcome(
        aux_kwh=strips_kwh,
        total_kwh=strips_kwh + pump_kwh,
        dh_per_day=dh_per_day,
        writes_per_day=0.0,
        min_room_f=fahrenheit(float(found.air.min())),
    )


def model_winter(trial: Trial, step_min: int) -> WinterModel:
    """Return a winter in steps."""
    winter, home, schedule = trial.winter, trial.home, trial.schedule
    minutes = range(0, winter.minutes, step_min)
    outdoor = [winter.outdoor_at(minute + step_min // 2) for minute in minutes]
    after = partial(_temperatures_after, home.house, step_min * S_PER_MIN)
    keeps = np.transpose([after(start) for start in (HouseState(1.0, 0.0), HouseState(0.0, 1.0))])
    warms = np.array(after(heat=HeatFlow(W_PER_KW, 0.0)))
    gains = [houses.gains(home.house, winter.sun_at(minute)) for minute in minutes]
    given = np.array(
        [after(heat=gain, outdoor_c=outside) for gain, outside in zip(gains, outdoor, strict=True)]
    )
    given[0] += keeps @ np.full(2, schedule.comfort_c)
    pump = home.equipment.pump
    return WinterModel(
        step_h=step_min / MINUTES_PER_HOUR,
        retention=keeps,
        heat_gain=warms,
        unheated=given,
        capacity=np.array([capacity_w(pump, outside) / W_PER_KW for outside in outdoor]),
        power=np.array([_power_share(pump, outside) for outside in outdoor]),
        lowest_wanted=np.array(
            [
                schedule.setpoint_at(winter.instant_at(minute + step_min)) - DEGREE_HOUR_TOLERANCE_K
                for minute in minutes
            ]
        ),
        warmest=_warmest_air(
            keeps, warms, given, schedule.comfort_c + home.thermostat.differential_k
        ),
    )


def solve(
    course: WinterModel, strips_kw: float, shortfall: float, coldest: float
) -> Solution | None:
    """Return the solution with the least aux heat, or None if the solver fails numerically.

    `shortfall` is the allowed sum over all steps of how far the air is too cold, K; `coldest` is
    the lowest allowed air temperature, °C.

    The unknowns, n each: air, mass, heat of the heat pump, heat of the strips, and how far the air
    is too cold.
    """
    count = len(course.unheated)
    everywhere = np.ones(count)
    lowest = (coldest, -np.inf, 0.0, 0.0, 0.0)
    highest = (course.warmest, np.inf, course.capacity, strips_kw, np.inf)
    found = _minimize(
        np.concatenate(
            [
                0.0 * everywhere,
                0.0 * everywhere,
                PUMP_WEIGHT * course.power,
                everywhere,
                0.0 * everywhere,
            ]
        ),
        A_ub=_comfort_rows(count),
        b_ub=np.append(-course.lowest_wanted, shortfall),
        A_eq=_physics_rows(course),
        b_eq=course.unheated.T.ravel(),
        bounds=np.column_stack(
            [np.concatenate([end * everywhere for end in ends]) for ends in (lowest, highest)]
        ),
    )
    if found.status == INFEASIBLE:
        raise ValueError("no way to heat leaves the room as warm as that")
    if found.status != OPTIMAL:
        return None
    air, _, pump, strips, under = np.split(found.x, len(lowest))
    return Solution(air=air, pump=pump, strips=strips, shortfall=under)


def _minimize(weights: Vector, **programme: Any) -> Any:  # noqa: ANN401 -- scipy says no more
    """Solve a linear program with HiGHS."""
    for way in SOLVER_SETTINGS:
        found = linprog(weights, **programme, **way)
        if found.status in {OPTIMAL, INFEASIBLE}:
            break
    return found


def _physics_rows(course: WinterModel) -> sparse.csc_matrix:
    """Return the equations of the house: each step follows from the one before and its heat."""
    count = len(course.unheated)
    one, before, nothing = (
        sparse.identity(count),
        sparse.eye(count, k=-1),
        sparse.csr_matrix((count, count)),
    )
    rows = []
    for part in (AIR, MASS):
        keeps = [
            float(column == part) * one - course.retention[part, column] * before
            for column in (AIR, MASS)
        ]
        rows.append([*keeps, -course.heat_gain[part] * one, -course.heat_gain[part] * one, nothing])
    return sparse.bmat(rows, format="csc")


def _comfort_rows(count: int) -> sparse.csc_matrix:
    """Return the inequalities of comfort: how far the air is too cold, and the sum of that."""
    one, nothing = sparse.identity(count), sparse.csr_matrix((count, 3 * count))
    return sparse.bmat([[-one, nothing, -one], [None, None, np.ones((1, count))]], format="csc")


def _temperatures_after(
    house: House,
    seconds: float,
    start: HouseState = _AT_ZERO,
    heat: HeatFlow = _UNHEATED,
    outdoor_c: float = 0.0,
) -> tuple[float, float]:
    end = houses.advance(house, start, heat, outdoor_c, seconds).state
    return end.air_c, end.mass_c


def _power_share(pump: HeatPump, outdoor_c: float) -> float:
    """Return the electricity that a running heat pump needs for its heat, kW/kW."""
    running = pump_output(pump, PumpState(running=True), outdoor_c, Faults())
    return running.power_w / running.heat_w if running.heat_w > 0.0 else 1.0


def _warmest_air(keeps: Vector, warms: Vector, given: Vector, setpoint_c: float) -> Vector:
    """Return the air temperatures of a home that is held at a setpoint, °C."""
    state, air = np.zeros(2), list[float]()
    for weather in given:
        state = keeps @ state + weather
        state += warms * max(setpoint_c - state[AIR], 0.0) / warms[AIR]
        air.append(state[AIR])
    return np.array(air)

"""Thermostats with one setpoint for heating and cooling.

On these, a setpoint below the room temperature would cool the home.
"""

from dataclasses import replace

from ..grid import round_up
from ..model import COOLING_ACTION, Thermostat
from ..units import EPSILON
from .clamp import clamp
from .context import ControlContext
from .decision import Decision
from .setpoint import Setpoint


def is_cooling(thermostat: Thermostat, setpoint: Setpoint) -> bool:
    """Return True if a thermostat with a shared setpoint cools, or did when it was last active."""
    return thermostat.has_shared_setpoint and (
        thermostat.hvac_action == COOLING_ACTION or setpoint.was_cooling_last
    )


def prevent_cooling(
    decision: Decision, setpoint: Setpoint, context: ControlContext, *, is_scheduled: bool
) -> Decision:
    """Return a decision that starts no cooling.

    A requested setpoint passes unchanged. A limit, a recovery plan or a setback lowers the setpoint
    to the room temperature at most, and not at all while the thermostat cools or the room
    temperature is unknown.
    """
    applied = max(decision.applied, _lowest_setpoint(setpoint, context, is_scheduled=is_scheduled))
    if is_cooling(context.observation.thermostat, setpoint):
        applied = _unlimited_setpoint(decision, setpoint, is_scheduled=is_scheduled)
    applied = clamp(applied, context.observation.thermostat)
    if abs(applied - decision.applied) < EPSILON:
        return decision
    is_limited = decision.requested is not None and applied < decision.requested - EPSILON
    return replace(
        decision,
        applied=applied,
        limits=decision.limits if is_limited else {},
        active_limit=decision.active_limit if is_limited else None,
    )


def _lowest_setpoint(setpoint: Setpoint, context: ControlContext, *, is_scheduled: bool) -> float:
    """Return the lowest setpoint in °C that starts no cooling."""
    ends = (
        []
        if context.room is None
        else [round_up(context.room, context.observation.thermostat.grid)]
    )
    if setpoint.requested is not None and not is_scheduled:
        ends.append(setpoint.requested)
    if setpoint.reported is not None and is_scheduled:
        ends.append(setpoint.reported)
    return min(ends, default=float("-inf"))


def _unlimited_setpoint(decision: Decision, setpoint: Setpoint, *, is_scheduled: bool) -> float:
    """Return the setpoint in °C without limits: as requested, or under a schedule as reported."""
    unlimited = setpoint.reported if is_scheduled else setpoint.requested
    return decision.applied if unlimited is None else unlimited

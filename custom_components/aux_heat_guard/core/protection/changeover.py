"""A thermostat with one setpoint for heating and cooling: a setpoint under the room would cool the home."""

from dataclasses import replace

from ..grid import round_up
from ..model import COOLING_ACTION, Thermostat
from ..units import EPSILON
from .clamp import clamp
from .decision import ControlContext, Decision
from .setpoint import Setpoint


def is_cooling(thermostat: Thermostat, setpoint: Setpoint) -> bool:
    """Return True if a thermostat with one setpoint for both cools now, or cooled when it was last active."""
    return thermostat.has_shared_setpoint and (
        thermostat.hvac_action == COOLING_ACTION or setpoint.was_cooling_last
    )


def prevent_cooling(
    decision: Decision, setpoint: Setpoint, context: ControlContext, *, is_scheduled: bool
) -> Decision:
    """Return a decision that starts no cooling.

    What somebody asked for passes unchanged. A limit, a plan or a setback lowers the setpoint to the room at most, and where
    the thermostat cools, or nobody knows how warm the room is, not at all.
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
    """Return the lowest setpoint in °C that may be chosen."""
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
    """Return the setpoint in °C that holds without a limit: the requested one, or under a schedule the shown one."""
    wished = setpoint.reported if is_scheduled else setpoint.requested
    return decision.applied if wished is None else wished

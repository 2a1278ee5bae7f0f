"""A thermostat with one setpoint for heating and cooling: a setpoint under the room would cool the home."""

from dataclasses import replace

from ..grid import up
from ..model import COOLING, Thermostat
from ..units import EPSILON
from .clamp import clamp
from .decision import Decision, Scene
from .setpoint import Setpoint


def cools(thermostat: Thermostat, setpoint: Setpoint) -> bool:
    """Return True if a thermostat with one setpoint for both cools now, or cooled when it was last active."""
    return thermostat.may_cool_too and (thermostat.action == COOLING or setpoint.last_cooled)


def without_cooling(
    decision: Decision, setpoint: Setpoint, now: Scene, *, is_planned: bool
) -> Decision:
    """Return a decision that starts no cooling.

    What somebody asked for passes unchanged. A limit, a plan or a setback lowers the setpoint to the room at most, and where
    the thermostat cools, or nobody knows how warm the room is, not at all.
    """
    applied = max(decision.applied, _lowest(setpoint, now, is_planned=is_planned))
    if cools(now.observation.thermostat, setpoint):
        applied = _requested_or_shown(decision, setpoint, is_planned=is_planned)
    applied = clamp(applied, now.observation.thermostat)
    if abs(applied - decision.applied) < EPSILON:
        return decision
    is_limited = decision.requested is not None and applied < decision.requested - EPSILON
    return replace(
        decision,
        applied=applied,
        limits=decision.limits if is_limited else {},
        holder=decision.holder if is_limited else None,
    )


def _lowest(setpoint: Setpoint, now: Scene, *, is_planned: bool) -> float:
    """Return the lowest setpoint in °C that may be chosen."""
    ends = [] if now.room is None else [up(now.room, now.observation.thermostat.grid)]
    if setpoint.requested is not None and not is_planned:
        ends.append(setpoint.requested)
    if setpoint.shown is not None and is_planned:
        ends.append(setpoint.shown)
    return min(ends, default=float("-inf"))


def _requested_or_shown(decision: Decision, setpoint: Setpoint, *, is_planned: bool) -> float:
    """Return the setpoint in °C that holds without a limit: the requested one, or under a schedule the shown one."""
    wished = setpoint.shown if is_planned else setpoint.requested
    return decision.applied if wished is None else wished

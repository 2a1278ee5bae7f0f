"""Switches by the outdoor temperature: the furnace instead of the heat pump, AUX locked out where the pump alone must do."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..settings.protection import BLIND_AFTER, SWITCH_DWELL, SWITCH_HYSTERESIS
from ..units import EPSILON


@dataclass(frozen=True, slots=True)
class Switchover:
    """Where a switch stands, and since when."""

    on: bool = False
    since: datetime | None = None
    seen: datetime | None = None
    """When it was last known how warm it is."""


OFF = Switchover()


@dataclass(frozen=True, slots=True)
class Threshold:
    """At which outdoor temperature, °C, it goes on: at it and below, or at it and above."""

    outdoor: float
    is_cold: bool


def followed(
    switch: Switchover, at: datetime, outdoor: float | None, threshold: Threshold
) -> tuple[Switchover, datetime | None]:
    """Take in the outdoor temperature; tell also when it may switch, where it is too early now. Nobody switches blind: it goes off."""
    if outdoor is None:
        lost = at if switch.seen is None else min(switch.seen, at) + BLIND_AFTER
        return (switch, lost if switch.on else None) if at < lost else (OFF, None)
    since = None if switch.since is None else min(switch.since, at)
    seen = replace(switch, since=since, seen=at)
    wanted = _wanted(seen.on, outdoor, threshold)
    if wanted is seen.on:
        return seen, None
    if since is not None and at < since + SWITCH_DWELL:
        return seen, since + SWITCH_DWELL
    return Switchover(wanted, at, at), None


def _wanted(on: bool, outdoor: float, threshold: Threshold) -> bool:
    beyond = threshold.outdoor - outdoor if threshold.is_cold else outdoor - threshold.outdoor
    return beyond >= (-SWITCH_HYSTERESIS if on else 0.0) - EPSILON

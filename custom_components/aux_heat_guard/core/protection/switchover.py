"""Switches by the outdoor temperature: the furnace instead of the heat pump, AUX locked out where the pump alone must do."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..settings.protection import OUTDOOR_STALE_AFTER, SWITCHOVER_DWELL, SWITCHOVER_HYSTERESIS
from ..units import EPSILON


@dataclass(frozen=True, slots=True)
class SwitchoverState:
    """Where a switch stands, and since when."""

    is_on: bool = False
    since: datetime | None = None
    outdoor_seen_at: datetime | None = None
    """When it was last known how warm it is."""


SWITCHOVER_OFF = SwitchoverState()


@dataclass(frozen=True, slots=True)
class Threshold:
    """At which outdoor temperature, °C, it goes on: at it and below, or at it and above."""

    outdoor: float
    is_on_when_cold: bool


def advance(
    state: SwitchoverState, at: datetime, outdoor: float | None, threshold: Threshold
) -> tuple[SwitchoverState, datetime | None]:
    """Take in the outdoor temperature; tell also when it may switch, where it is too early now. Nobody switches blind: it goes off."""
    if outdoor is None:
        lost = (
            at
            if state.outdoor_seen_at is None
            else min(state.outdoor_seen_at, at) + OUTDOOR_STALE_AFTER
        )
        return (state, lost if state.is_on else None) if at < lost else (SWITCHOVER_OFF, None)
    since = None if state.since is None else min(state.since, at)
    seen = replace(state, since=since, outdoor_seen_at=at)
    wanted = _should_be_on(seen.is_on, outdoor, threshold)
    if wanted is seen.is_on:
        return seen, None
    if since is not None and at < since + SWITCHOVER_DWELL:
        return seen, since + SWITCHOVER_DWELL
    return SwitchoverState(wanted, at, at), None


def _should_be_on(is_on: bool, outdoor: float, threshold: Threshold) -> bool:
    beyond = (
        threshold.outdoor - outdoor if threshold.is_on_when_cold else outdoor - threshold.outdoor
    )
    return beyond >= (-SWITCHOVER_HYSTERESIS if is_on else 0.0) - EPSILON
